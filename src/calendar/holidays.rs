//! Which days are national holidays of Japan: the Act on National Holidays (Act 178 of 1948)
//! with its amendments, and the special laws of 2019 to 2021.
//!
//! The rules are those in force since 2000. A law passed later enters as a day set in the
//! [calendar](super::model::Calendar), which overrides what is said here.

use std::iter::successors;

use time::{Date, Month, Weekday, macros::date};

/// The first day the rules know. Before it no national holiday is named.
pub const COVERED_FROM: Date = date!(2000 - 01 - 01);

/// The last day the rules know, where the equinox formula ends. After it no national holiday is
/// named.
pub const COVERED_UNTIL: Date = date!(2099 - 12 - 31);

/// The last day whose holidays are official. The observatory announces each year's equinoxes in
/// February of the year before; later ones are reckoned.
pub const OFFICIAL_UNTIL: Date = date!(2027 - 12 - 31);

/// A day off by law, by its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The Japanese name, as the law writes it where it gives one.
    pub ja: &'static str,
    /// The customary English name.
    pub en: &'static str,
}

/// The holiday that falls on `date`: one the law names, else a substitute holiday, else a
/// citizens' holiday. Always `None` outside [`COVERED_FROM`] to [`COVERED_UNTIL`].
pub fn national_holiday(date: Date) -> Option<Holiday> {
    named(date)
        .or_else(|| is_substitute(date).then_some(holiday("振替休日", "Substitute holiday")))
        .or_else(|| is_citizens(date).then_some(holiday("国民の休日", "Citizens' holiday")))
}

/// Article 2, and the special laws that add to it or move its days.
fn named(date: Date) -> Option<Holiday> {
    use Month::*;

    if !(COVERED_FROM..=COVERED_UNTIL).contains(&date) {
        return None;
    }
    let (year, month, day) = date.to_calendar_date();
    let is_monday = |nth| date.weekday() == Weekday::Monday && day.div_ceil(7) == nth;
    let is_marine = match year {
        2020 => day == 23, // Act 33 of 2015, article 32, for the Olympic Games; also below
        2021 => day == 22, // the same, as amended when the Games were put off
        2003.. => is_monday(3),
        _ => day == 20,
    };
    let is_mountain = match year {
        2020 => day == 10,
        2021 => day == 8,
        2016.. => day == 11,
        _ => false,
    };
    let is_aged = match year {
        2003.. => is_monday(3),
        _ => day == 15,
    };
    let is_moved_sports = matches!((year, day), (2020, 24) | (2021, 23));

    Some(match month {
        January if day == 1 => holiday("元日", "New Year's Day"),
        January if is_monday(2) => holiday("成人の日", "Coming of Age Day"),
        February if day == 11 => holiday("建国記念の日", "National Foundation Day"),
        February if day == 23 && year >= 2020 => holiday("天皇誕生日", "Emperor's Birthday"),
        March if i32::from(day) == equinox(year, 20_843_100) => holiday("春分の日", "Vernal Equinox Day"),
        April if day == 29 && year >= 2007 => holiday("昭和の日", "Showa Day"),
        April if day == 29 => holiday("みどりの日", "Greenery Day"),
        // Act 99 of 2018: both days of 2019 count as national holidays and make citizens' ones.
        May if (year, day) == (2019, 1) => holiday("天皇の即位の日", "Emperor's Accession Day"),
        May if day == 3 => holiday("憲法記念日", "Constitution Memorial Day"),
        May if day == 4 && year >= 2007 => holiday("みどりの日", "Greenery Day"),
        May if day == 5 => holiday("こどもの日", "Children's Day"),
        July if is_marine => holiday("海の日", "Marine Day"),
        July if is_moved_sports => holiday("スポーツの日", "Sports Day"),
        August if is_mountain => holiday("山の日", "Mountain Day"),
        September if is_aged => holiday("敬老の日", "Respect for the Aged Day"),
        September if i32::from(day) == equinox(year, 23_248_800) => holiday("秋分の日", "Autumnal Equinox Day"),
        October if (year, day) == (2019, 22) => holiday("即位礼正殿の儀の行われる日", "Enthronement Ceremony Day"),
        October if is_monday(2) && year < 2020 => holiday("体育の日", "Health and Sports Day"),
        October if is_monday(2) && year > 2021 => holiday("スポーツの日", "Sports Day"),
        November if day == 3 => holiday("文化の日", "Culture Day"),
        November if day == 23 => holiday("勤労感謝の日", "Labor Thanksgiving Day"),
        December if day == 23 && year < 2019 => holiday("天皇誕生日", "Emperor's Birthday"),
        _ => return None,
    })
}

/// Article 3(2): the first day after a holiday on a Sunday that is not itself a named holiday.
///
/// Until 2006 only the Monday could substitute; from 2000 to 2006 both readings agree.
fn is_substitute(date: Date) -> bool {
    named(date).is_none()
        && successors(date.previous_day(), |day| day.previous_day())
            .take_while(|&day| named(day).is_some())
            .any(|day| day.weekday() == Weekday::Sunday)
}

/// Article 3(3): a day between two named holidays. Until 2006 a Sunday could not be one.
fn is_citizens(date: Date) -> bool {
    let is_named = |day: Option<Date>| day.and_then(named).is_some();
    is_named(date.previous_day())
        && is_named(date.next_day())
        && (date.year() >= 2007 || date.weekday() != Weekday::Sunday)
}

/// The day of the month of an equinox, good for 1980 to 2099. `base` is where in the month it fell
/// in 1980, in millionths of a day; it drifts by 0.242194 days a year and jumps back one with each
/// leap day.
fn equinox(year: i32, base: i32) -> i32 {
    let years = year - 1980;
    (base + 242_194 * years) / 1_000_000 - years / 4
}

const fn holiday(ja: &'static str, en: &'static str) -> Holiday {
    Holiday { ja, en }
}
