/* lib/text/credits: what the credits of ten languages look like, and what only looks like one. All texts are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/credit_rows.h"
#include "tests/unit/reading.h"
#include "text/roles.h"

static void datelines_leave_the_text(void **state)
{
	static const struct row rows[] = {
		{ KO, "(서울=연합뉴스) 홍길동 기자 = ", "", "yonhap" },
		{ KO, "(서울=연합뉴스)", "", "yonhap" },
		{ KO, "[나루=뉴시스] 홍길동 임꺽정 기자 = ", "", "newsis" },
		{ KO, "(나루·가온=뉴스1) 홍길동 기자 = ", "", "news1" },
		{ KO, "[나루일보 홍길동 기자] ", "", NULL },
		{ KO, "[나루일보=홍길동 기자]", "", NULL },
		{ KO, "[나루뉴스 | 가온=홍길동 기자] ", "", NULL },
		{ KO, "홍길동 기자 = ", "", NULL },
		{ KO, "[나루경제(가온)=홍길동 기자] ", "", NULL },
		{ EN, "WASHINGTON (AP) — ", "", "ap" },
		{ EN, "PELL POINT, Scotland (Reuters) - ", "", "reuters" },
		{ EN, "PELL POINT, Nov 25 (Reuters) - ", "", "reuters" },
		{ EN, "PELL POINT — ", "", NULL },
		{ EN, "(AP) — ", "", "ap" },
		{ JA, "【北京=新華社】", "", "xinhua" },
		{ JA, "【港町共同】", "", "kyodo" },
		{ JA, "【ロンドン＝山田花子】", "", NULL },
		{ JA, "［港町　３日　ロイター］ － ", "", "reuters" },
		{ ZH, "新华社河湾11月3日电（记者王小明）", "", "xinhua" },
		{ ZH, "（中央社記者王小明河灣3日電）", "", "cna" },
		{ ZH, "本报讯（记者 王小明）", "", NULL },
		{ ZH, "中新社河湾11月3日电 ", "", "cns" },
		{ ZH, "路透社河湾11月3日电 (记者 王小明)", "", "reuters" },
		{ ZH, "本报讯（记者 王小明 通讯员 李小红）", "", NULL },
		{ DE, "Oberlauf (dpa) - ", "", "dpa" },
		{ DE, "Oberlauf (dpa/lno) - ", "", "dpa" },
		{ DE, "Wien (APA) – ", "", "apa" },
		{ FR, "Pontrivier (AFP) - ", "", "afp" },
		{ FR, "Pontrivier, 25 nov 2025 (AFP) - ", "", "afp" },
		{ ES, "Valderrío, 25 nov (EFE).- ", "", "efe" },
		{ ES, "Valderrío (EFE) - ", "", "efe" },
		{ PT, "Valderrio, 25 nov (Lusa) - ", "", "lusa" },
		{ PT, "Valderrio, 25 de novembro (Lusa) — ", "", "lusa" },
		{ RU, "МОСКВА, 25 ноября. /ТАСС/. ", "", "tass" },
		{ RU, "МОСКВА, 25 ноя — РИА Новости. ", "", "ria" },
		{ RU, "Светлый Яр. 25 ноября. ИНТЕРФАКС - ", "", "interfax" },
		{ AR, "القاهرة (رويترز) - ", "", "reuters" },
		{ AR, "القاهرة - أ ف ب - ", "", "afp" },
		{ AR, "القاهرة (د ب أ) - ", "", "dpa" },
	};

	expect_rows(ROWS(rows));
}

static void bylines_behind_a_text_leave_it_glued_or_not(void **state)
{
	static const struct row rows[] = {
		{ KO, "", "홍길동 기자 hong@example.com", NULL },
		{ KO, "", " 홍길동 기자 hong@example.com", NULL },
		{ KO, "", " 나루=홍길동 기자 hong@example.com", NULL },
		{ KO, "", "홍길동·임꺽정 기자 hong@example.com", NULL },
		{ KO, "", " /홍길동 기자", NULL },
		{ KO, "", " 홍길동 기자의 다른 기사 보기", NULL },
		{ KO, "", "◎나루언론 나루일보 hong@example.com", NULL },
		{ KO, "", "[홍길동 기자(hong@example.com)]", NULL },
		{ KO, "", "홍길동 기자 hong@example.com▶ 나루일보 구독하기▶ 지금 뜨는 소식 바로가기ⓒ 나루일보(www.naru.example), "
			  "무단전재 및 재배포 금지", NULL },
		{ KO, "", " 온라인뉴스팀 news@example.com", NULL },
		{ KO, "", " hong@example.com", NULL },
		{ KO, "", "hong@example.com", NULL },
		{ KO, "", "홍길동 hong@example.com", NULL },
		{ EN, "", " Marla Quennel marla@example.com", NULL },
		{ EN, "", " Jan van der Pell pell@example.com", NULL },
		{ EN, "", " (Reporting by Marla Quennel; Editing by Tom Askew)", NULL },
		{ EN, "", " Reporting by Marla Quennel; Editing by Tom Askew", NULL },
		{ EN, "", " marla.quennel@example.com", NULL },
		{ JA, "", "（山田花子記者）", NULL },
		{ JA, "", "（共同）", "kyodo" },
		{ ZH, "", "（记者 王小明）", NULL },
		{ ZH, "", "（新华社）", "xinhua" },
		{ ZH, "", "责任编辑：王小明", NULL },
		{ DE, "", " (dpa)", "dpa" },
		{ DE, "", " (jek/dpa)", "dpa" },
		{ DE, "", " (APA/dpa)", "apa" },
		{ DE, "", " (dpa/AFP)", "dpa" },
		{ FR, "", " (AFP/Reuters)", "afp" },
		{ ES, "", " (EFE/AP)", "efe" },
		{ JA, "", "（ロイター/共同）", "reuters" },
		{ DE, "", " (mit Material der Agenturen)", NULL },
		{ DE, "", " (mit Material der dpa)", "dpa" },
		{ FR, "", " (avec AFP)", "afp" },
		{ FR, "", " (AFP)", "afp" },
		{ ES, "", " (EFE)", "efe" },
		{ ES, "", " (con información de EFE)", "efe" },
		{ PT, "", " (com informações de Lusa)", "lusa" },
		{ PT, "", " maria.faro@example.com", NULL },
		{ PT, "", " (Reportagem de Maria Faro; Edição de João Rio)", NULL },
		{ RU, "", " (ТАСС)", "tass" },
		{ RU, "", " /ТАСС/", "tass" },
		{ RU, "", " (Иван Светов. Редактор Пётр Речной)", NULL },
		{ RU, "", " ivan.svet@example.com", NULL },
		{ AR, "", " (رويترز)", "reuters" },
	};

	expect_rows(ROWS(rows));
}

static void a_photo_in_brackets_before_a_byline_is_no_caption_of_the_text(void **state)
{
	static const struct row rows[] = {
		{ KO, "", " [사진=나루시 제공] 홍길동 기자 hong@example.com", NULL },
		{ KO, "", "[사진=나루시]홍길동 기자", NULL },
		{ KO, "", " (사진=연합뉴스) 홍길동 기자 hong@example.com", NULL },
		{ KO, "", " (사진=게티이미지뱅크)홍길동 기자", NULL },
	};

	expect_rows(ROWS(rows));
	expect_end("[사진=나루시 제공] 홍길동 기자 hong@example.com", PART_CREDIT, "홍길동");
	expect_end("(사진=나루시) 홍길동 기자", PART_CREDIT, "홍길동");
	expect_end("[사진=나루시 제공]", PART_CAPTION, "");
	expect_end("강변을 걷는 시민들. [사진=나루시 제공]", PART_CAPTION, "");
	expect_end("강변을 걷는 시민들. 사진=홍길동 기자", PART_CAPTION, "");
}

static void rights_behind_a_text_leave_it(void **state)
{
	static const struct row rows[] = {
		{ KO, "", " 무단전재 및 재배포 금지", NULL },
		{ KO, "", "<저작권자(c) 나루일보, 무단 전재-재배포 금지>", NULL },
		{ KO, "", "[ⓒ 나루일보 & Naru.example, 무단전재 및 재배포 금지]", NULL },
		{ KO, "", "ⓒ나루일보, 무단전재-재배포, AI 학습 및 활용 금지", NULL },
		{ EN, "", " © 2025 The Pell Gazette. All rights reserved.", NULL },
		{ EN, "", " Copyright 2025 The Pell Gazette. All rights reserved.", NULL },
		{ JA, "", " ©港町新聞", NULL },
		{ JA, "", "（無断転載を禁じます）", NULL },
		{ ZH, "", "（未经授权，请勿转载）", NULL },
		{ DE, "", " © 2025 Oberlaufer Bote. Alle Rechte vorbehalten.", NULL },
		{ FR, "", " © 2025 Le Pont. Tous droits réservés.", NULL },
		{ ES, "", " © 2025 El Faro. Todos los derechos reservados.", NULL },
		{ PT, "", " © 2025 O Farol. Todos os direitos reservados.", NULL },
		{ RU, "", " © 2025 Маяк. Все права защищены.", NULL },
		{ AR, "", " © 2025 المنارة. جميع الحقوق محفوظة.", NULL },
	};

	expect_rows(ROWS(rows));
}

static void a_dateline_behind_a_glued_caption_begins_the_text(void **state)
{
	static const struct row rows[] = {
		{ KO, "강변을 걷는 시민들.(독자제보)2025.11.12/뉴스1(나루=뉴스1) 홍길동 기자 = ", "", "news1" },
		{ KO, "기사내용 요약나루시, 산책로 새로 열어주민 편의 높여[나루=뉴시스] 홍길동 기자 = ", "", "newsis" },
	};

	expect_rows(ROWS(rows));
}

/* Lines of their own below a text, each with its role. */
struct line {
	enum part_role role;
	const char *text;
};

static void expect_lines(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[2000];
		struct folded t;

		snprintf(text, sizeof(text), "%s\n%s\n%s", sentences[EN], lines[i].text, sentences[EN] + 4);
		t = read_rows(text);
		assert_int_equal(t.n_paragraphs, 3);
		if (the_page.parts[1].role != lines[i].role)
			fail_msg("'%s' has the role %d", lines[i].text, the_page.parts[1].role);
		assert_int_equal(the_page.parts[0].role, PART_LEAD);
		assert_int_equal(the_page.parts[2].role, PART_BODY);
	}
}

static const struct line credits[] = {
	/* names */
	{ PART_CREDIT, "홍길동 기자 hong@example.com" },
	{ PART_CREDIT, "[나루뉴스 | 홍길동 기자]" },
	{ PART_CREDIT, "[홍길동 나루스포츠 기자]" },
	{ PART_CREDIT, "나루=가온방송 홍길동 기자 hong@example.com" },
	{ PART_CREDIT, "☞공감뉴스 hong@example.com, lim@example.com" },
	{ PART_CREDIT, "홍길동 기자(hong@example.com)" },
	{ PART_CREDIT, "◎나루언론 나루일보 hong@example.com" },
	{ PART_CREDIT, "취재기자 : 홍길동" },
	{ PART_CREDIT, "[카카오톡] 나루방송 검색해 채널 추가" },
	{ PART_CREDIT, "[전화] 02-000-0000" },
	{ PART_CREDIT, "입력 2025.11.25. 09:00 수정 2025.11.25. 10:12" },
	{ PART_CREDIT, "（山田花子　編集：鈴木一郎）" },
	{ PART_CREDIT, "Quelle: dpa" },
	{ PART_CREDIT, "Claire Dupont (avec AFP)" },
	{ PART_CREDIT, "Con información de AFP y Reuters" },
	{ PART_CREDIT, "Com informações da Reuters" },
	{ PART_CREDIT, "By Marla Quennel" },
	{ PART_CREDIT, "By MARLA QUENNEL" },
	{ PART_CREDIT, "By staff reporters" },
	{ PART_CREDIT, "Write to Marla Quennel at marla@example.com" },
	{ PART_CREDIT, "By Marla Quennel and Tom Askew, Pell Gazette" },
	{ PART_CREDIT, "By The Associated Press" },
	{ PART_CREDIT, "Associated Press writer Joan Tarrow contributed to this report." },
	{ PART_CREDIT, "Email Marla Quennel at marla@example.com" },
	{ PART_CREDIT, "文・山田花子" },
	{ PART_CREDIT, "记者：王小明 编辑：李小红" },
	{ PART_CREDIT, "责任编辑：王小明" },
	{ PART_CREDIT, "Von Klara Bach" },
	{ PART_CREDIT, "Par Claire Dupont" },
	{ PART_CREDIT, "Por María Faro" },
	{ PART_CREDIT, "Redação O Farol" },
	{ PART_CREDIT, "Автор: Иван Светов" },
	{ PART_CREDIT, "كتب: أحمد النوري" },
	/* pictures */
	{ PART_CAPTION, "강변을 걷는 시민들. 사진=나루시 제공" },
	{ PART_CAPTION, "강변을 걷는 시민들. [나루시 제공. 재판매 및 DB 금지]" },
	{ PART_CAPTION, "강변을 걷는 시민들. 연합뉴스" },
	{ PART_CAPTION, "강변을 걷는 시민들 ⓒ AFP=뉴스1" },
	{ PART_CAPTION, "▲ 새로 열린 산책로 ⓒ나루일보" },
	{ PART_CAPTION, "새로 열린 산책로. 제공 | 나루시" },
	{ PART_CAPTION, "The old lamp, seen from the pier. (AP Photo/Joan Tarrow)" },
	{ PART_CAPTION, "The old lamp is seen from the pier on Monday. (Joan Tarrow/AP)" },
	{ PART_CAPTION, "In this Nov. 8, 2023, file photo, the old lamp is seen from the pier." },
	{ PART_CAPTION, "Photo: Joan Tarrow" },
	{ PART_CAPTION, "The old lamp is seen from the pier on Monday. (AFP/Getty Images)" },
	{ PART_CAPTION, "The old lamp is seen from the pier on Monday. (Photo by Joan Tarrow/AFP/Getty Images)" },
	{ PART_CAPTION, "강변을 걷는 시민들. (AP/뉴시스)" },
	{ PART_CAPTION, "Joan Tarrow | AFP | Getty Images" },
	{ PART_CAPTION, "公開された日記＝港町図書館提供" },
	{ PART_CAPTION, "图为新修的步道。王小明 摄" },
	{ PART_CAPTION, "Foto: Klara Bach/dpa" },
	{ PART_CAPTION, "Photo : Claire Dupont / AFP" },
	{ PART_CAPTION, "Foto: María Faro / EFE" },
	{ PART_CAPTION, "Crédito: Maria Faro/Lusa" },
	{ PART_CAPTION, "Фото: Иван Светов / ТАСС" },
	{ PART_CAPTION, "تصوير: أحمد النوري" },
	/* rights */
	{ PART_CREDIT, "Copyright © 나루일보. 무단전재 및 재배포 금지." },
	{ PART_CREDIT, "<저작권자 ⓒ 나루일보. 무단전재 및 재배포 금지>" },
	{ PART_CREDIT, "Copyright 2025 The Pell Gazette. All rights reserved." },
	{ PART_CREDIT, "This material may not be published, broadcast, rewritten or redistributed." },
	{ PART_CREDIT, "記事の無断転載を禁じます。" },
	{ PART_CREDIT, "版权所有，未经授权请勿转载。" },
	{ PART_CREDIT, "Alle Rechte vorbehalten." },
	{ PART_CREDIT, "© 2025 Le Pont. Tous droits réservés." },
	{ PART_CREDIT, "Todos los derechos reservados." },
	{ PART_CREDIT, "Todos os direitos reservados." },
	{ PART_CREDIT, "Все права защищены." },
	{ PART_CREDIT, "جميع الحقوق محفوظة" },
	/* notices */
	{ PART_CREDIT, "▶제보는 카톡 narujebo" },
	{ PART_CREDIT, "▶ 네이버에서 나루일보 구독하기" },
	{ PART_CREDIT, "※ 우울감 등 말하기 어려운 고민이 있으면 자살예방 상담전화 109에서 24시간 전화 상담을 받을 수 있습니다." },
	{ PART_CREDIT, "In the UK and Ireland, Samaritans can be contacted on freephone 116 123." },
	{ PART_CREDIT, "Sign up for our morning newsletter" },
	{ PART_CREDIT, "Sign up for our morning newsletter and have the best of the pier and its lamp in your inbox every day." },
	{ PART_CREDIT, "우울감이 있으면 자살예방 상담전화 109에서 24시간 상담을 받을 수 있다." },
	{ PART_CREDIT, "Published Nov. 25, 2025" },
	{ PART_CREDIT, "Last updated on 25 November" },
	{ PART_CREDIT, "Advertisement" },
	{ PART_CREDIT, "※この記事は会員限定です" },
	{ PART_CREDIT, "扫描二维码关注公众号" },
	{ PART_CREDIT, "Hilfe bietet die Telefonseelsorge unter 0800 1110111." },
	{ PART_CREDIT, "Lire aussi : le phare fermé pour travaux" },
	{ PART_CREDIT, "Lea también: el faro, cerrado por obras" },
	{ PART_CREDIT, "Leia também: farol fechado para obras" },
	{ PART_CREDIT, "Читайте также: маяк закрыт на ремонт" },
	{ PART_CREDIT, "اقرأ أيضا: المنارة مغلقة للصيانة" },
};

static void lines_of_credits_are_told(void **state)
{
	expect_lines(credits, sizeof(credits) / sizeof(credits[0]));
}

/* Paragraphs that must stay whole: each begins, ends, or is made like a credit. */
static void editorial_text_is_never_cut(void **state)
{
	static const char *const texts[] = {
		"나루시는 12일(현지 시간) 강변 산책로 구간을 새로 열었다고 기자 회견에서 밝혔다.",
		"홍길동 기자는 지난해부터 나루강의 물고기 떼죽음을 취재해 온 끝에 이번 상을 받게 됐다.",
		"그는 연합뉴스와의 통화에서 산책로가 내년 봄까지 두 배로 늘어날 것이라고 말했다.",
		"나루시가 제공한 사진에는 새로 열린 산책로를 걷는 주민들의 모습이 담겨 있다.",
		"시는 무단 전재와 재배포를 막기 위해 저작권 신고 창구를 새로 열기로 했다고 밝혔다.",
		"정부는 생명의 전화 상담원을 두 배로 늘리고 야간 상담 시간을 연장하기로 했다.",
		"(가) 등급을 받은 산책로는 모두 세 곳이며 나머지는 올해 안에 다시 평가를 받는다.",
		"The council, which met on Tuesday (its last day), kept the lamp; by noon it was lit again in the harbour.",
		"By noon on Tuesday, all of the lorries that had waited at the pass were on their way to the coast.",
		"Copyright lawyers expect the case to be settled before the court meets again, all rights aside.",
		"The Associated Press was told that the lamp would be lit again, but no date was given by the council.",
		"Reporting by the council shows that the lamp was lit on three hundred nights of the last year.",
		"Photo shops along the pier say that pictures of the lamp are what visitors ask for most of all.",
		"Follow the old path along the river and you will reach the mill, which is open on Sundays until five.",
		"記者会見で市長は、新しい図書館の開館時間を来年春から一時間延長する考えを明らかにした。",
		"写真展の会場には、百年前の漁港の暮らしを伝える貴重な写真が五十点ほど並べられている。",
		"(一部地域では)台風の影響で停電が続いており、復旧の見通しは立っていないという。",
		"记者在现场看到，新修的滨江步道上有不少市民正在散步，也有孩子在草地上玩耍。",
		"这家公司称，未经许可转载其报道的网站已经超过一百家，公司将通过法律途径维权。",
		"图书馆的负责人说，下个月起将延长开放时间，并且免费向全体市民开放新的阅览室。",
		"Von der alten Mühle und ihrem Rad sind nur noch die Mauern und ein Teil des Daches übrig geblieben.",
		"Foto und Film sollen im neuen Museum gleich viel Platz bekommen, sagte die Leiterin am Freitag.",
		"Par ailleurs, la commune a décidé de rouvrir le petit musée du phare dès le printemps prochain.",
		"La photo du phare prise en 1920 sera exposée au musée, a indiqué mardi la maire de la commune.",
		"Por la mañana, el viejo faro de Valderrío volvió a encenderse ante cientos de vecinos del pueblo.",
		"Siga o caminho junto ao rio até chegar ao moinho, disse a guia aos visitantes que vinham da vila.",
		"Por outro lado, a câmara de Valderrio quer reabrir o pequeno museu do farol já na primavera.",
		"Автор проекта рассказал, что старый маяк сохранит свой облик, а музей откроют уже весной.",
		"По информации совета посёлка, маяк снова откроют весной, после того как закончится ремонт.",
		"كتب السكان رسالة إلى المجلس يطلبون فيها الحفاظ على المنارة القديمة وإعادة فتح متحفها الصغير.",
		"وقال المجلس (الذي اجتمع يوم الثلاثاء) إن المنارة القديمة ستضاء من جديد في الربيع المقبل.",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_left(&(struct row){ 0, "", "", NULL }, texts[i]);
}

/* Words before an address are no names; it alone goes. */
static void an_address_takes_no_sentence_with_it(void **state)
{
	static const struct {
		const char *text, *left;
	} rows[] = {
		{ "나루시는 주민 의견을 다음 달까지 받는다. 주소는 naru@example.com", "나루시는 주민 의견을 다음 달까지 받는다. 주소는" },
		{ "산책로 이름 공모에는 누구나 응모할 수 있으며 접수는 이메일 naru@example.com",
		  "산책로 이름 공모에는 누구나 응모할 수 있으며 접수는 이메일" },
		{ "Die Gemeinde Oberlauf nimmt bis zum Freitag Vorschläge entgegen unter muehle@example.com",
		  "die gemeinde oberlauf nimmt bis zum freitag vorschläge entgegen unter" },
		{ "La commune de Pontrivier demande aux anciens gardiens de lui écrire à phare@example.com",
		  "la commune de pontrivier demande aux anciens gardiens de lui écrire à" },
		{ "The council of Pell Point asks all who know the old lamp to write to jane.doe@example.com",
		  "the council of pell point asks all who know the old lamp to write to" },
		{ "港町の図書館は古い写真を集めている。情報提供はメールで tosho@example.com",
		  "港町の図書館は古い写真を集めている。情報提供はメールで" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folded t = read_rows(rows[i].text);
		const struct part *x = &the_page.parts[0];
		size_t n = x->fold_end - x->fold;

		if (n != strlen(rows[i].left) || memcmp(t.text + x->fold, rows[i].left, n))
			fail_msg("of '%s' is left: '%.*s'", rows[i].text, (int)n, t.text + x->fold);
		assert_int_equal(the_page.names.byline_end, 0);
	}
}

/* It is glued to the last word, whose full stop could be one of its own; or it breaks off. */
static void an_address_eats_no_word_of_the_sentence(void **state)
{
	static const struct row rows[] = {
		{ EN, "", "jane@example.com", NULL },
		{ EN, "", "jane.doe@example.com", NULL },
		{ EN, "", "Jane Doe jane.doe@example.com", NULL },
		{ EN, "", "jane@", NULL },
		{ DE, "", "max@example.com", NULL },
		{ ES, "", "maria.faro@example.com", NULL },
		{ RU, "", "ivan@example.com", NULL },
		{ KO, "", "jane@", NULL },
		{ KO, "", " 홍길동 기자 jane@", NULL },
		{ KO, "", "홍길동 기자(jane@)", NULL },
	};

	expect_rows(ROWS(rows));
	expect_left(&(struct row){ 0, "", "jane@example.com", NULL },
		    "나루시는 강변 산책로를 새로 열고 주민들에게 이름을 물었으며 새 이름은 PELL.");
}

/* Lines that begin like a byline and go on like a sentence. */
static void a_line_without_a_name_is_no_byline(void **state)
{
	static const char *const lines[] = {
		"Par ailleurs, le billet du phare coûtera moins cher", "Von Freitag an, so die Gemeinde, dreht sich das Rad",
		"Por ahora, el faro no cobrará entrada", "Di recente, il biglietto era salito",
		"Por enquanto, a entrada no farol é livre",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[2000];

		snprintf(text, sizeof(text), "%s\n%s", sentences[EN], lines[i]);
		read_rows(text);
		if (the_page.parts[1].role == PART_CREDIT)
			fail_msg("'%s' is a credit", lines[i]);
	}
}

/* News about what notices speak of: each below a lead, among the last paragraphs, where notices are looked for. */
static void news_in_the_words_of_a_notice_stay(void **state)
{
	static const char *const texts[] = {
		"나루시는 흩어져 있던 생명의 전화와 자살예방 상담전화를 내년부터 번호 109 하나로 합쳐 운영한다고 밝혔다.",
		"주민들은 카카오톡으로 채널 추가를 한 뒤 사진을 올리면 되고 시는 이틀 안에 결과를 알려야 한다.",
		"경찰은 산책로에서 달아난 염소를 본 주민들의 제보를 기다립니다라는 안내문을 곳곳에 붙였다.",
		"새 조례는 사진의 무단복제 및 배포를 금지하고 어기면 과태료를 물리도록 했다.",
		"关注老人出行的代表在会上提出建议。进入第二天后，与会者讨论了步道的开放时间和收费办法。",
		"下载量超过百万的步道地图因为信息过时被下架，游客暂时无法查看开放时间，公司称两周内完成整改。",
		"Read more to your children, the librarian told parents at the pier, and the lamp will seem brighter to them.",
		"In this photo-sharing age the old darkroom by the pier is a success, and its owner has taken on two helpers.",
		"Assine ou não o acordo, a câmara terá de pagar quarenta mil euros pelo farol até ao fim do ano, decidiu o tribunal.",
		"Leggi anche severe non hanno fermato i pescatori di frodo, ha detto il sindaco, che vuole pene più alte da gennaio.",
		"Автор - депутат посёлка Светов, который предлагал погасить маяк ещё в прошлом году, но тогда не нашёл поддержки.",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[2000];

		snprintf(text, sizeof(text), "%s\n%s", sentences[EN], texts[i]);
		read_rows(text);
		if (the_page.parts[1].role != PART_BODY)
			fail_msg("'%s' has the role %d", texts[i], the_page.parts[1].role);
	}
}

static void a_line_that_mentions_a_picture_or_an_agency_is_no_caption(void **state)
{
	static const char *const texts[] = {
		"A judge of Pell Point ruled that the shop had sold pictures of Getty Images",
		"Published in the spring of the flood, the memoir of the keeper sold well",
		"كتب المجلس رسالة إلى سكان الوادي",
		"原因について最も多く質問したのは地元紙の記者",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[2000];

		snprintf(text, sizeof(text), "%s\n%s", sentences[EN], texts[i]);
		read_rows(text);
		if (the_page.parts[1].role == PART_CREDIT || the_page.parts[1].role == PART_CAPTION)
			fail_msg("'%s' has the role %d", texts[i], the_page.parts[1].role);
	}
}

static void a_text_that_is_all_notices_keeps_its_sentences(void **state)
{
	read_rows("Sign up for our course on the lamp, and you will learn in three evenings how the old light was made.\n"
		  "Subscribe to our evenings, and you will hear from the keeper how the ships found the pier in the fog.");
	assert_int_equal(the_page.parts[0].role, PART_LEAD);
	assert_int_equal(the_page.parts[1].role, PART_BODY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datelines_leave_the_text),
		cmocka_unit_test(bylines_behind_a_text_leave_it_glued_or_not),
		cmocka_unit_test(a_photo_in_brackets_before_a_byline_is_no_caption_of_the_text),
		cmocka_unit_test(rights_behind_a_text_leave_it),
		cmocka_unit_test(a_dateline_behind_a_glued_caption_begins_the_text),
		cmocka_unit_test(lines_of_credits_are_told),
		cmocka_unit_test(editorial_text_is_never_cut),
		cmocka_unit_test(an_address_takes_no_sentence_with_it),
		cmocka_unit_test(an_address_eats_no_word_of_the_sentence),
		cmocka_unit_test(a_line_without_a_name_is_no_byline),
		cmocka_unit_test(news_in_the_words_of_a_notice_stay),
		cmocka_unit_test(a_line_that_mentions_a_picture_or_an_agency_is_no_caption),
		cmocka_unit_test(a_text_that_is_all_notices_keeps_its_sentences),
	};

	return cmocka_run_group_tests(tests, rules_up, rules_down);
}
