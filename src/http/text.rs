//! Strings with bounds: what arrives becomes one of these types at the door, and nobody checks its
//! length again.
//!
//! A *line* refuses every control character; a *text* allows line feed and tab, and takes CR LF
//! for a line feed. Both refuse U+0000. Lengths are counted in Unicode code points.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text as SqlText;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use unicode_normalization::UnicodeNormalization;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use validator::ValidateEmail;

/// What a bounded string may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line, no control characters.
    Line,
    /// Several lines; tabs too.
    Text,
}

/// Checks a string against its shape and bounds. The error is `field:CODE` or
/// `field:CODE:BLANK=VALUE`, which the body extractor turns into a fault with its pointer.
pub fn check(text: &str, shape: Shape, min: usize, max: usize) -> Result<Cow<'_, str>, String> {
    let text: Cow<'_, str> = match shape {
        Shape::Text if text.contains('\r') => text.replace("\r\n", "\n").into(),
        _ => text.into(),
    };
    if text.contains('\0') {
        return Err("field:invalid_unicode".to_owned());
    }
    let allowed = |c: char| !c.is_control() || (shape == Shape::Text && matches!(c, '\n' | '\t'));
    if !text.chars().all(allowed) {
        return Err("field:control_character".to_owned());
    }
    let count = text.chars().count();
    if count > max {
        return Err(format!("field:too_long:max={max}"));
    }
    if count < min || (min > 0 && text.trim().is_empty()) {
        return Err(format!("field:too_short:min={min}"));
    }
    Ok(text)
}

/// What is kept was checked when it came in, so it is read back without another look.
macro_rules! stored_as_text {
    ($name:ident) => {
        impl<DB: Backend> FromSql<SqlText, DB> for $name
        where
            String: FromSql<SqlText, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                String::from_sql(value).map(Self)
            }
        }
        impl<DB: Backend> ToSql<SqlText, DB> for $name
        where
            str: ToSql<SqlText, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.as_str().to_sql(out)
            }
        }
        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

macro_rules! bounded {
    ($($(#[doc = $doc:literal])* $name:ident: $shape:ident $min:literal..=$max:literal, $example:literal;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
        #[diesel(sql_type = SqlText)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The most code points it may hold.
            pub const MAX: usize = $max;

            /// Takes a string that keeps the bounds.
            pub fn parse(text: &str) -> Result<Self, String> {
                check(text, Shape::$shape, $min, $max).map(|text| Self(text.into_owned()))
            }
        }
        stored_as_text!($name);
        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .description(Some(concat!($($doc),*).trim()))
                    .examples([serde_json::json!($example)])
                    .into()
            }
        }
    )*};
}

bounded! {
    /// A name: 1 to 100 characters on one line.
    Name: Line 1..=100, "架空市役所（サンプル）";
    /// An entity tag or `*`, as the header `If-Match` carries it: 1 to 255 characters on one line.
    EntityTag: Line 1..=255, "\"3-Yk3v0XbT2aQ\"";
    /// A subject: 1 to 200 characters on one line.
    Subject: Line 1..=200, "API が 429 を返す";
    /// The body of a message or inquiry: 1 to 20,000 characters.
    Body: Text 1..=20_000, "昨日から 429 (Max InProgress Requests) が返ります。";
    /// A short explanation: 1 to 2,000 characters.
    Reason: Text 1..=2_000, "お客様からのお申し出による";
    /// A short word for a thing, such as a product code or a category: 1 to 50 characters.
    ShortCode: Line 1..=50, "VOTIRO-VA";
    /// A tag: 1 to 50 characters on one line.
    Tag: Line 1..=50, "high-load";
    /// A telephone number as it is dialled: 1 to 30 characters.
    Phone: Line 1..=30, "03-0000-0000";
    /// The caller's own number for a thing: 1 to 100 characters on one line.
    ExternalReference: Line 1..=100, "TKT-4711";
    /// A word that identifies its holder: 12 to 200 characters.
    NewPassword: Line 12..=200, "correct horse battery staple";
    /// A password as typed: 1 to 200 characters.
    TypedPassword: Line 1..=200, "correct horse battery staple";
    /// A maintenance ID or contract ID as typed: 1 to 100 characters. Width, case and the kind of
    /// hyphen do not matter.
    TypedSupportId: Line 1..=100, "ＭＮＴー０００１２３";
    /// A version of the service terms: 1 to 20 characters.
    TermsVersion: Line 1..=20, "2025-04-01";
    /// A token that was handed out: 1 to 4,096 characters.
    OpaqueToken: Line 1..=4096, "mrt_c29tZS1vcGFxdWUtdG9rZW4";
    /// Where a fact is written down: 1 to 200 characters on one line.
    Source: Line 1..=200, "社内通達 2026-11";
    /// The question of a FAQ: 1 to 1,000 characters.
    Question: Text 1..=1_000, "API が 429 を返すのはなぜですか";
    /// The answer of a FAQ: 1 to 100,000 characters.
    FaqAnswer: Text 1..=100_000, "同時に処理できる数を超えた場合に返ります。";
    /// What is looked for, in any words: 1 to 1,000 characters.
    SearchText: Text 1..=1_000, "ﾊﾟｽﾜｰﾄﾞ付き zip";
    /// The address of a page or file: `https://` and 1 to 500 characters in all.
    WebAddress: Line 1..=500, "https://download.example.jp/guides/va-setup.pdf";
    /// The language of a text, as a BCP 47 tag of up to 35 characters.
    LanguageTag: Line 2..=35, "ja";
}

impl LanguageTag {
    /// The language of the service (LNG-3-C1).
    pub fn japanese() -> Self {
        Self("ja".to_owned())
    }
}

/// An e-mail address in the form it is compared by: lower case, up to 254 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlText)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Takes one address, folded to its compared form.
    pub fn parse(text: &str) -> Result<Self, String> {
        if is_everyday_address(text) {
            return Ok(Self(text.to_owned()));
        }
        let folded: String = check(text, Shape::Line, 3, 254)?.trim().nfkc().collect::<String>().to_lowercase();
        let plain = !folded.contains([' ', ',', ';', '<', '>']);
        if plain && folded.validate_email() { Ok(Self(folded)) } else { Err("field:invalid_email".to_owned()) }
    }
}
stored_as_text!(EmailAddress);

/// Whether this is an address in its compared form that nobody could doubt: nearly all are, and
/// they are read back with every inquiry.
fn is_everyday_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let among = |text: &str, marks: &[u8]| {
        text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || marks.contains(&b))
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && among(label, b"-") && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 254 && (1..=64).contains(&local.len()) && among(local, b"._+-") && domain.split('.').all(label)
}
impl utoipa::PartialSchema for EmailAddress {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .min_length(Some(3))
            .max_length(Some(254))
            .description(Some("One e-mail address; kept and compared in lower case."))
            .examples([serde_json::json!("tanaka@city.example.jp")])
            .into()
    }
}

/// A product's version, compared after NFKC and trimming: 1 to 50 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlText)]
#[serde(transparent)]
pub struct VersionName(String);

impl VersionName {
    /// Takes a version in its compared form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let folded = check(text, Shape::Line, 1, 50)?.nfkc().collect::<String>();
        check(folded.trim(), Shape::Line, 1, 50).map(|text| Self(text.into_owned()))
    }
}
stored_as_text!(VersionName);
impl utoipa::PartialSchema for VersionName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(50))
            .description(Some("A product's version; compared after NFKC and trimming."))
            .examples([serde_json::json!("9.6.132")])
            .into()
    }
}

/// A day in Japan's calendar: `YYYY-MM-DD`, from 1900-01-01 to 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

const DAY_FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

impl Day {
    /// Takes a day in its one written form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written = text.len() == 10 && text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        let date = Date::parse(text, DAY_FORMAT).ok().filter(|date| written && date.year() >= 1900);
        date.map(Self).ok_or_else(|| "field:invalid_date".to_owned())
    }

    /// The day as a date.
    pub const fn date(self) -> Date {
        self.0
    }
}
impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        write!(f, "{year:04}-{:02}-{day:02}", u8::from(month))
    }
}
impl FromStr for Day {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}
impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
impl utoipa::ToSchema for Day {
    fn name() -> Cow<'static, str> {
        "Day".into()
    }
}
impl utoipa::PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .min_length(Some(10))
            .max_length(Some(10))
            .description(Some("A day in Japan's calendar."))
            .examples([serde_json::json!("2026-03-31")])
            .into()
    }
}

/// A country by its two letters of ISO 3166-1, such as `JP`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlText)]
#[serde(transparent)]
pub struct CountryCode(String);

impl CountryCode {
    /// Takes two capital letters.
    pub fn parse(text: &str) -> Result<Self, String> {
        let right = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        if right { Ok(Self(text.to_owned())) } else { Err("field:invalid_format".to_owned()) }
    }
}
stored_as_text!(CountryCode);
impl utoipa::PartialSchema for CountryCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Z]{2}$"))
            .min_length(Some(2))
            .max_length(Some(2))
            .description(Some("ISO 3166-1 country code in capital letters."))
            .examples([serde_json::json!("JP")])
            .into()
    }
}

/// A maintenance ID or contract ID in the form it is compared by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlText)]
#[serde(transparent)]
pub struct SupportId(String);

impl SupportId {
    /// Folds what people type: NFKC, no zero-width characters, every run of white space, hyphens,
    /// dashes, minus signs and long-vowel marks one `-`, trimmed, capital letters.
    ///
    /// Fails when nothing or more than 100 characters are left.
    pub fn fold(typed: &str) -> Result<Self, String> {
        const ZERO_WIDTH: [char; 6] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];
        let mut folded = String::new();
        for c in typed.nfkc().filter(|c| !ZERO_WIDTH.contains(c)) {
            if !is_joint(c) {
                folded.extend(c.to_uppercase());
            } else if !folded.is_empty() && !folded.ends_with('-') {
                folded.push('-');
            }
        }
        let folded = folded.trim_end_matches('-');
        check(folded, Shape::Line, 1, 100).map(|text| Self(text.into_owned()))
    }

    /// Takes an ID that is already in its compared form; tokens and headers carry no other.
    pub fn exact(text: &str) -> Option<Self> {
        Self::fold(text).ok().filter(|folded| folded.0 == text)
    }

    /// The registered form: folded, which must leave something.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::fold(text)
    }
}

/// White space and all that looks like a hyphen, after NFKC.
fn is_joint(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2043}'
                    | '\u{207b}'
                    | '\u{208b}'
                    | '\u{2212}'
                    | '\u{30fc}'
                    | '\u{2500}'
                    | '\u{2501}'
                    | '\u{fe58}'
                    | '\u{2e3a}'
                    | '\u{2e3b}'
                    | '\u{301c}'
                    | '~'
        )
}
stored_as_text!(SupportId);
impl utoipa::PartialSchema for SupportId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(100))
            .description(Some("A maintenance ID or contract ID in its canonical form."))
            .examples([serde_json::json!("MNT-000123")])
            .into()
    }
}
