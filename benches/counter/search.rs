//! Search against the SQLite of the shelf: FTS5 with bm25 over the same pairs and words, behind a
//! bare server that asks nobody who they are.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::{Duration, Instant};

use actix_web::web::{Data, Query, block};
use actix_web::{App, HttpResponse, HttpServer, get};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_types::Text;
use madoguchi::contracts::Product;
use madoguchi::contracts::import::import;
use madoguchi::db::types::Id;
use madoguchi::faqs::search::fold::fold;
use madoguchi::faqs::search::tokens::{Kind, tokens};
use madoguchi::server::Size;
use madoguchi::terms::codes::Delivery;
use serde_json::json;
use time::Duration as Days;

use crate::TestApp;
use crate::figures::PAIRS;
use crate::load::{drive, get};
use crate::people::Papers;
use crate::report::Pairs;
use crate::stand::{Backend, Database, Server, app, listener};

const SUBJECTS: [&str; 12] = [
    "サーバー",
    "メール",
    "ライセンス",
    "パスワード",
    "添付ファイル",
    "隔離",
    "ポリシー",
    "証明書",
    "ログ",
    "バックアップ",
    "ノード",
    "レポート",
];
const VERBS: [&str; 12] = [
    "設定を変更する",
    "が起動しない",
    "を削除する",
    "の有効期限を確認する",
    "を復元する",
    "の上限を超える",
    "を更新する",
    "の通知を受け取る",
    "を検索する",
    "の権限を付与する",
    "が遅延する",
    "を外部へ転送する",
];
const PLACES: [&str; 10] = [
    "管理コンソール",
    "仮想アプライアンス",
    "クラウド",
    "プロキシ環境",
    "冗長構成",
    "共有フォルダー",
    "受信者",
    "監査画面",
    "初期画面",
    "処理待ちの一覧",
];
const ASKED: [&str; 10] = [
    "ﾊﾟｽﾜｰﾄﾞの有効期限",
    "サーバー 設定",
    "ログを検索する方法を教えてください",
    "ERR-4711",
    "メールが遅延する",
    "隔離",
    "証明書の更新",
    "クラウド バックアップ 復元",
    "ライセンスの上限",
    "冗長構成のノード",
];

fn pick<'a>(list: &[&'a str], n: u64) -> &'a str {
    list.get((n % list.len() as u64) as usize).copied().unwrap_or_default()
}

/// The nth FAQ: a question and an answer of some 250 characters.
fn text(n: u64) -> (String, String) {
    let (a, b, c) = (pick(&SUBJECTS, n), pick(&VERBS, n / 12), pick(&PLACES, n / 144));
    let mut answer = format!("{c}で{a}{b}場合の説明です（ERR-{n}）。");
    let mut random = n;
    for _ in 0..6 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (x, y) = (random >> 33, random >> 45);
        write!(answer, "{}の{}{}ことがあります。", pick(&PLACES, x), pick(&SUBJECTS, y), pick(&VERBS, x / 7)).unwrap();
    }
    (format!("{c}の{a}{b}には（{n}）"), answer)
}

/// A customer's database with so many FAQs, taken in by the importer.
struct Library {
    database: Database,
    token: String,
}

impl Library {
    fn new(backend: Backend, faqs: u64) -> Self {
        let database = Database::new(backend);
        let people = TestApp { app: app(&database.url) };
        let product: Id<Product> = people.product("SAMPLE", Delivery::Saas);
        let today = people.app.today();
        people.contract(&Papers {
            starts_on: today.saturating_sub(Days::days(100)),
            ends_on: today.saturating_add(Days::days(264)),
            ..Papers::new("MNT-1", &[product])
        });
        let mut lines = String::new();
        for n in 0..faqs {
            let (question, answer) = text(n);
            let body = json!({
                "question": question, "answer": answer, "kind": "manual_supplement", "source": "own_verification",
                "product_codes": ["SAMPLE"], "error_codes": [format!("ERR-{n}")],
            });
            writeln!(lines, "{}", json!({ "type": "faq", "key": n.to_string(), "publish": true, "body": body }))
                .unwrap();
        }
        let began = Instant::now();
        let report = import(&people.app, lines.as_bytes(), false).unwrap();
        assert_eq!(report.refused(), 0);
        println!("  {faqs} FAQs taken in and indexed in {:.1} s, aim 60 for 10000", began.elapsed().as_secs_f64());
        database.settle();
        let token = people.customer("MNT-1");
        Self { database, token }
    }

    fn ask(&self, random: u64) -> Cow<'_, [u8]> {
        get(&format!("/v1/faqs?{}", query(random)), &self.token).into()
    }
}

fn query(random: u64) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("q", pick(&ASKED, random)).finish()
}

/// The same FAQs in FTS5, as words of our own terms.
fn shelf(faqs: u64) -> Database {
    let database = Database::new(Backend::Sqlite);
    let mut statements = String::from(
        "CREATE TABLE texts (id INTEGER PRIMARY KEY, question TEXT NOT NULL, answer TEXT NOT NULL);
         CREATE VIRTUAL TABLE found USING fts5(question, answer, content='', tokenize='unicode61'); BEGIN;",
    );
    for n in 0..faqs {
        let (question, answer) = text(n);
        let (q, a) = (words(&question), words(&answer));
        writeln!(statements, "INSERT INTO texts VALUES ({n}, '{question}', '{answer}');").unwrap();
        writeln!(statements, "INSERT INTO found (rowid, question, answer) VALUES ({n}, '{q}', '{a}');").unwrap();
    }
    statements.push_str("COMMIT; INSERT INTO found (found) VALUES ('optimize');");
    database.run(&statements);
    database.settle();
    database
}

fn words(text: &str) -> String {
    let kept = tokens(&fold(text)).into_iter().filter(|token| !matches!(token.kind, Kind::Last | Kind::Lengthened));
    kept.map(|token| format!("t{:x}", token.term)).collect::<Vec<_>>().join(" ")
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    question: String,
    #[diesel(sql_type = Text)]
    answer: String,
}

#[derive(serde::Deserialize)]
struct Asked {
    q: String,
}

type Connections = Pool<ConnectionManager<SqliteConnection>>;

#[get("/search")]
async fn search(connections: Data<Connections>, Query(asked): Query<Asked>) -> HttpResponse {
    let body = block(move || {
        let connection = &mut connections.get().unwrap();
        let matching = words(&asked.q).replace(' ', " OR ");
        let lines: Vec<Line> = diesel::sql_query(
            "SELECT t.question, t.answer FROM found JOIN texts t ON t.id = found.rowid \
             WHERE found MATCH $1 ORDER BY bm25(found, 5.0, 1.0) LIMIT 21",
        )
        .bind::<Text, _>(matching)
        .load(connection)
        .unwrap();
        let items: Vec<_> = lines.iter().map(|l| json!({ "question": l.question, "answer": l.answer })).collect();
        serde_json::to_vec(&items).unwrap()
    });
    HttpResponse::Ok().content_type("application/json").body(body.await.unwrap())
}

/// The bare server over FTS5.
pub fn serve(url: &str) {
    let connections = Pool::builder()
        .max_size(Backend::Sqlite.connections())
        .test_on_check_out(false)
        .connection_customizer(Box::new(crate::floor::sqlite::Settings))
        .build(ConnectionManager::<SqliteConnection>::new(url.trim_start_matches("sqlite://")))
        .unwrap();
    let connections = Data::new(connections);
    let server = HttpServer::new(move || App::new().app_data(connections.clone()).service(search));
    let server = server.workers(Size::default().workers).worker_max_blocking_threads(64);
    actix_web::rt::System::new().block_on(async { server.listen(listener()).unwrap().run().await.unwrap() });
}

/// Searches per second against the shelf's, and with ten times as many FAQs.
pub fn figures(backend: Backend) {
    const FEW: u64 = 10_000;
    const MANY: u64 = 100_000;
    let (few, shelf) = (Library::new(backend, FEW), shelf(FEW));
    let (ours, theirs) = (Server::counter(&few.database), Server::start("serve-fts5", &shelf));
    let bare = |random: u64| -> Cow<'_, [u8]> { get(&format!("/search?{}", query(random)), "").into() };
    let length = Duration::from_secs(3);
    let searches = |server: &Server, library: &Library| drive(server.address, 16, length, |r| library.ask(r));
    let rate = |server: &Server, library: &Library| searches(server, library).requests_per_second;
    rate(&ours, &few);
    drive(theirs.address, 16, length, bare);
    let mut pairs = Pairs::default();
    for _ in 0..PAIRS {
        pairs.add(rate(&ours, &few), drive(theirs.address, 16, length, bare).requests_per_second);
    }
    pairs.tell("search of 10000 / FTS5 bm25", "1.0 or more", "requests a second");
    println!("  p95 of search of 10000 at 16 connections {:.1} ms, aim 50", searches(&ours, &few).percentile(95));
    let many = Library::new(backend, MANY);
    let larger = Server::counter(&many.database);
    rate(&larger, &many);
    let mut pairs = Pairs::default();
    for _ in 0..PAIRS {
        pairs.add(rate(&ours, &few), rate(&larger, &many));
    }
    pairs.tell("search of 10000 / search of 100000", "6 or less", "requests a second");
}
