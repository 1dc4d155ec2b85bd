//! How well FAQs are found, as numbers: labelled questions over the sample FAQs.
//!
//! `cargo test --test it -- faq_search::found --nocapture` prints them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use madoguchi::cli::sample_faqs;
use madoguchi::db::types::Id;
use madoguchi::faqs::FaqId;
use madoguchi::faqs::search::document::unpack;
use madoguchi::faqs::search::lexicon::Lexicon;
use madoguchi::faqs::search::{Document, Face, Filter, Index, Plan, Text, fold, mark, pack, tokens, weigh};
use madoguchi::terms::codes::{FaqKind, FaqSource, FaqState};
use proptest::prelude::*;
use uuid::Uuid;

const QUERIES: &str = include_str!("data/faq_queries.tsv");
const ELSEWHERE: &str = include_str!("data/help_elsewhere.tsv");
const ASKED_ELSEWHERE: &str = include_str!("data/queries_elsewhere.tsv");
const THIRD: &str = include_str!("data/help_third.tsv");
const ASKED_OF_THE_THIRD: &str = include_str!("data/queries_third.tsv");

static LIBRARY: LazyLock<Library<'static>> = LazyLock::new(library);

type Library<'a> = (Index, BTreeMap<FaqId, &'a str>);

/// The sample FAQs in an index, and their keys by id.
fn library() -> Library<'static> {
    shelved(sample_faqs::all().map(|sample| (sample.key, sample.question, sample.answer, sample.codes)))
}

/// Help texts of other trades.
fn written(texts: &'static str) -> Library<'static> {
    shelved(texts.lines().map(|line| {
        let [key, question, answer] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        (key, question, answer, vec![])
    }))
}

fn shelved<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str, &'a str, Vec<&'a str>)>) -> Library<'a> {
    let mut index = Index::default();
    let mut keys = BTreeMap::new();
    for (n, (key, question, answer, codes)) in (1..).zip(texts) {
        let id: FaqId = Id::new(Uuid::from_u128(n));
        let error_codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        let text = Text { question, answer, keywords: &[], error_codes: &error_codes };
        let document = Document {
            faq: id,
            face: Face::Public,
            current: true,
            state: FaqState::Published,
            kind: FaqKind::ManualSupplement,
            source: FaqSource::Other,
            language: "ja".into(),
            products: vec![],
            created_at: 0,
        };
        index.put((id, Face::Public), Some((document, &pack(&weigh(&text)))));
        keys.insert(id, key);
    }
    (index, keys)
}

fn ask(index: &Index, query: &str) -> Vec<FaqId> {
    let plan = Plan::of(query, index.lexicon());
    let filter = Filter { public: true, ..Filter::default() };
    index.find(Some(&plan), &filter, None, 10).into_iter().map(|hit| hit.faq).collect()
}

fn labelled(queries: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    queries.lines().map(|line| {
        let (query, keys) = line.split_once('\t').unwrap();
        (query, keys.split(',').filter(|key| *key != "-").collect())
    })
}

/// How well questions are answered: over those with an answer recall@5 and nDCG@10, and how many of
/// the others find nothing.
struct Quality {
    asked: usize,
    recall: f64,
    gain: f64,
    nonsense: usize,
    quiet: f64,
}

fn measured((index, keys): &Library<'_>, queries: &str) -> Quality {
    let (mut recall, mut gain, mut asked, mut nonsense, mut quiet) = (0.0, 0.0, 0, 0, 0);
    for (query, wanted) in labelled(queries) {
        let found: Vec<&str> = ask(index, query).iter().map(|id| keys[id]).collect();
        if wanted.is_empty() {
            nonsense += 1;
            if found.is_empty() {
                quiet += 1;
            } else {
                println!("  should find nothing: {query} -> {found:?}");
            }
            continue;
        }
        asked += 1;
        let within = |k: usize| found.iter().take(k).filter(|key| wanted.contains(key)).count();
        recall += within(5) as f64 / wanted.len() as f64;
        let discount = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let met = found.iter().enumerate().filter(|(_, key)| wanted.contains(key));
        gain += met.map(|(rank, _)| discount(rank)).sum::<f64>() / (0..wanted.len()).map(discount).sum::<f64>();
        if within(5) < wanted.len() {
            println!("  missed: {query} wanted {wanted:?} found {:?}", &found[..found.len().min(5)]);
        }
    }
    let (recall, gain, quiet) = (recall / asked as f64, gain / asked as f64, quiet as f64 / nonsense as f64);
    println!(
        "{asked} questions: recall@5 {recall:.3}, nDCG@10 {gain:.3}; of {nonsense} without an answer {quiet:.3} find nothing"
    );
    Quality { asked, recall, gain, nonsense, quiet }
}

#[test]
fn found_is_what_was_meant_and_nothing_else() {
    let quality = measured(&LIBRARY, QUERIES);
    assert!(LIBRARY.1.len() >= 120 && quality.asked + quality.nonsense >= 150 && quality.nonsense >= 25);
    assert!(quality.recall >= 0.97, "recall@5 {:.3}", quality.recall);
    assert!(quality.gain >= 0.94, "nDCG@10 {:.3}", quality.gain);
    assert!(quality.quiet >= 0.96, "nonsense {:.3}", quality.quiet);
}

#[test]
fn found_elsewhere_is_what_was_meant_too() {
    let quality = measured(&written(ELSEWHERE), ASKED_ELSEWHERE);
    assert!(quality.recall >= 0.97, "recall@5 {:.3}", quality.recall);
    assert_eq!(quality.quiet, 1.0);
}

/// Printers and mail, asked as people type; written before the words that it was measured by.
#[test]
fn found_in_a_third_trade_is_what_was_meant() {
    let quality = measured(&written(THIRD), ASKED_OF_THE_THIRD);
    assert!(quality.recall >= 0.90 && quality.gain >= 0.90, "{:.3} {:.3}", quality.recall, quality.gain);
    assert_eq!(quality.quiet, 1.0);
}

/// The same words in another dress.
fn dresses(query: &str) -> [String; 3] {
    let wide = query.chars().map(|c| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap(),
        _ => c,
    });
    let hiragana = query.chars().map(|c| match c {
        'ァ'..='ヴ' => char::from_u32(c as u32 - 0x60).unwrap(),
        _ => c,
    });
    [wide.collect(), query.to_uppercase(), hiragana.collect()]
}

#[test]
fn width_case_and_kana_find_the_same() {
    let (index, _) = &*LIBRARY;
    let (mut same, mut all) = (0, 0);
    for (query, _) in labelled(QUERIES).filter(|(_, wanted)| !wanted.is_empty()) {
        let clean = ask(index, query);
        for dressed in dresses(query) {
            all += 1;
            same += usize::from(ask(index, &dressed).first() == clean.first());
        }
    }
    println!("{same} of {all} dressed questions find the same first");
    assert!(same * 100 >= all * 97, "{same} of {all}");
}

#[test]
fn words_are_folded_to_one_form() {
    for (a, b) in [
        ("サーバー", "ｻｰﾊﾞ"),
        ("ウイルス", "ウィルス"),
        ("ヴォティーロ", "ボティロ"),
        ("ＡＰＩ", "api"),
        ("サ-バ-", "サーバー"),
        ("ガ", "カ\u{3099}"),
        ("９．６．１３２", "9.6.132"),
    ] {
        assert_eq!(fold::plain(a), fold::plain(b), "{a} {b}");
    }
}

#[test]
fn places_are_those_of_the_original() {
    let lexicon = Lexicon::with(&[]);
    let terms = Plan::of("ﾊﾟｽﾜｰﾄﾞ", &lexicon).terms();
    let text = "ﾊﾟｽﾜｰﾄﾞ付き ZIP のパスワード";
    let marked: Vec<String> = mark::places(text, &terms)
        .into_iter()
        .map(|(start, end)| text.chars().skip(start).take(end - start).collect())
        .collect();
    assert_eq!(marked.first().map(|m| m.trim_end_matches('ﾞ')), Some("ﾊﾟｽﾜｰﾄ"));
    assert!(marked.iter().any(|m| m.starts_with("パスワ")), "{marked:?}");
}

proptest! {
    #[test]
    fn folding_is_total_and_points_into_the_original(text in "\\PC{0,60}") {
        let count = text.chars().count();
        for f in fold::fold(&text) {
            prop_assert!(f.start < f.end && f.end as usize <= count);
        }
        let once = fold::plain(&text);
        prop_assert_eq!(fold::plain(&once), once);
    }

    #[test]
    fn packing_loses_nothing(text in "[ぁ-んァ-ヶ一-龠a-z0-9 .-]{0,200}") {
        let weighed = weigh(&Text { question: &text, answer: &text, keywords: &[], error_codes: &[] });
        prop_assert_eq!(unpack(&pack(&weighed)).collect::<Vec<_>>(), weighed);
        prop_assert!(tokens::tokens(&fold::fold(&text)).iter().all(|t| t.from < t.to));
    }

    #[test]
    fn no_question_is_too_strange(query in "\\PC{0,1000}") {
        ask(&LIBRARY.0, &query);
    }
}

/// An index of these questions, in their order from 1.
fn holding(questions: &[&str]) -> Index {
    let mut index = Index::default();
    for (n, question) in (1..).zip(questions) {
        let id: FaqId = Id::new(Uuid::from_u128(n));
        let text = Text { question, answer: "手順は次のとおりです。", keywords: &[], error_codes: &[] };
        let document = Document {
            faq: id,
            face: Face::Public,
            current: true,
            state: FaqState::Published,
            kind: FaqKind::ManualSupplement,
            source: FaqSource::Other,
            language: "ja".into(),
            products: vec![],
            created_at: 0,
        };
        index.put((id, Face::Public), Some((document, &pack(&weigh(&text)))));
    }
    index
}

fn numbers(index: &Index, query: &str) -> Vec<u128> {
    ask(index, query).into_iter().map(|id| id.uuid().as_u128()).collect()
}

/// Two sounds of katakana are a word where they stand alone, begin or end one; not within one.
#[test]
fn a_short_word_is_none_within_a_longer_one() {
    let index = holding(&["プログラムの更新", "ログの採取", "エラーログの場所", "ログファイルの削除"]);
    for query in ["ログ", "ﾛｸﾞ", "ログ 教えてください", "log"] {
        let found = numbers(&index, query);
        assert_eq!(found.iter().copied().collect::<std::collections::BTreeSet<_>>(), [2, 3, 4].into(), "{query}");
    }
    assert_eq!(numbers(&index, "ログ")[0], 2, "the word itself comes first");
    assert_eq!(numbers(&index, "プログラム"), [1]);
    assert_eq!(numbers(&holding(&["カタログの請求", "ログの採取"]), "ログ"), [2]);
    // Where it is nowhere else, within a longer one is better than nothing.
    assert_eq!(numbers(&holding(&["プログラムの更新", "鍵の交換"]), "ログ"), [1]);
}

/// A word as it sounds, and everyday words for technical ones, each way round; in running hiragana
/// only where a word begins and ends.
#[test]
fn what_is_said_finds_what_is_written() {
    let cases = [
        ("証明書の更新", "しょうめいしょ"),
        ("証明書の更新", "しょうめいしょのこうしん"),
        ("両面印刷の設定", "りょうめんいんさつ"),
        ("暗号化を解除する", "あんごうかを解除"),
        ("データの削除", "データの消し方"),
        ("消したデータ", "データを削除したい"),
        ("RESET ボタンの場所", "リセットボタン"),
        ("本体の異音", "変な音"),
        ("変な音がする", "異音"),
        ("パスワードを忘れたとき", "パスワードがわからない"),
        ("ログインできません", "サインイン"),
    ];
    for (written, typed) in cases {
        let index = holding(&["無関係な質問", written, "別の話題"]);
        assert_eq!(numbers(&index, typed), [2], "{typed} for {written}");
    }
    let index = holding(&["紙の補給", "鍵の交換", "給与の計算", "別の話題"]);
    for nothing in ["このかみさま", "だけしか", "ひとまず"] {
        assert!(numbers(&index, nothing).is_empty(), "{nothing}");
    }
}

/// Another word for it counts less than the word itself.
#[test]
fn the_word_itself_comes_first() {
    for (typed, other) in [("削除", "消去"), ("バックアップ", "退避"), ("しょうきょ", "削除")] {
        let itself = if typed == "しょうきょ" { "消去" } else { typed };
        let index = holding(&[&format!("記録を{other}"), &format!("記録を{itself}")]);
        assert_eq!(numbers(&index, typed), [2, 1], "{typed}");
    }
}

/// The same word in the ways in which people write it.
#[test]
fn the_ways_to_write_a_word_find_each_other() {
    let cases = [
        ("サーバーの再起動", "サ－バ－ 再起動"),
        ("ファイル・フォルダーの除外", "ファイルフォルダ 除外"),
        ("ユーザーの追加", "ﾕｰｻﾞ 追加"),
        ("申し込みの取り消し", "申込 取消"),
        ("設定を変更する", "設定の変更"),
    ];
    for (written, typed) in cases {
        let index = holding(&[written, "無関係な質問"]);
        assert_eq!(numbers(&index, typed).first(), Some(&1), "{typed} for {written}");
    }
}
