//! Firmware's date and time of day, and the time since 1970, as each other (UEFI specification, 8.3).
use crate::nk::kl::core::efi::EfiTime;
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;
/// The last year that firmware has.
const LAST: u16 = 9999;
/// The clock does not know its time zone.
const NO_ZONE: i16 = 2047;

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_year(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_of_month(year: u16, month: u8) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The date and time of a moment, in UTC; `None` after the year 9999.
pub(crate) fn at(since_epoch: Duration) -> Option<EfiTime> {
    let (mut days, seconds) = (since_epoch.as_secs() / DAY, since_epoch.as_secs() % DAY);
    let year = (1970..=LAST).find(|year| !take(&mut days, days_of_year(*year)))?;
    let month = (1..=12).find(|month| !take(&mut days, days_of_month(year, *month)))?;
    let small = |n: u64| u8::try_from(n).ok();
    Some(EfiTime {
        year,
        month,
        day: small(days.checked_add(1)?)?,
        hour: small(seconds / 3600)?,
        minute: small(seconds / 60 % 60)?,
        second: small(seconds % 60)?,
        nanosecond: since_epoch.subsec_nanos(),
        time_zone: 0,
        daylight: 0,
    })
}

/// Takes a whole year or month off, if there is one.
fn take(days: &mut u64, whole: u64) -> bool {
    let rest = days.checked_sub(whole);
    *days = rest.unwrap_or(*days);
    rest.is_some()
}

/// The moment of a date and time; `None` when it is none since 1970.
pub(crate) fn since_epoch(time: &EfiTime) -> Option<Duration> {
    let (year, month) = (time.year, time.month);
    let day = u64::from(time.day).checked_sub(1)?;
    let exists = (1970..=LAST).contains(&year)
        && (1..=12).contains(&month)
        && day < days_of_month(year, month)
        && time.hour < 24
        && time.minute < 60
        && time.second < 60
        && time.nanosecond < 1_000_000_000;
    if !exists {
        return None;
    }
    let years: u64 = (1970..year).map(days_of_year).sum();
    let months: u64 = (1..month).map(|month| days_of_month(year, month)).sum();
    let days = years.checked_add(months)?.checked_add(day)?;
    let clock = [
        (u64::from(time.hour), 3600),
        (u64::from(time.minute), 60),
        (u64::from(time.second), 1),
    ];
    let clock = clock.into_iter().try_fold(0_u64, |sum, (n, unit)| {
        sum.checked_add(n.checked_mul(unit)?)
    })?;
    let local = days.checked_mul(DAY)?.checked_add(clock)?;
    // the zone is what has to be added to local time
    let zone = if time.time_zone == NO_ZONE {
        0
    } else {
        i64::from(time.time_zone).checked_mul(60)?
    };
    Some(Duration::new(
        local.checked_add_signed(zone)?,
        time.nanosecond,
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::new(seconds, 0)
    }

    fn date(since: u64) -> (u16, u8, u8, u8, u8, u8) {
        let time = at(seconds(since)).unwrap();
        (
            time.year,
            time.month,
            time.day,
            time.hour,
            time.minute,
            time.second,
        )
    }

    #[test]
    fn moments_have_the_dates_that_calendars_say() {
        assert_eq!(date(0), (1970, 1, 1, 0, 0, 0));
        assert_eq!(
            date(951_782_400),
            (2000, 2, 29, 0, 0, 0),
            "a century that is a leap year"
        );
        assert_eq!(date(1_000_000_000), (2001, 9, 9, 1, 46, 40));
        assert_eq!(
            date(4_107_542_400),
            (2100, 3, 1, 0, 0, 0),
            "a century that is none"
        );
        assert_eq!(date(253_402_300_799), (9999, 12, 31, 23, 59, 59));
        assert_eq!(at(seconds(253_402_300_800)), None);
    }

    #[test]
    fn every_day_comes_back_from_its_date() {
        for day in 0..60_000 {
            let moment = Duration::new(day * DAY + day, 7);
            assert_eq!(since_epoch(&at(moment).unwrap()), Some(moment));
        }
    }

    #[test]
    fn what_is_no_date_has_no_moment() {
        let good = at(seconds(951_782_400)).unwrap();
        for bad in [
            EfiTime { year: 1969, ..good },
            EfiTime { year: 2001, ..good },
            EfiTime { month: 0, ..good },
            EfiTime { month: 13, ..good },
            EfiTime { day: 0, ..good },
            EfiTime { hour: 24, ..good },
            EfiTime { minute: 60, ..good },
            EfiTime { second: 60, ..good },
            EfiTime {
                nanosecond: 1_000_000_000,
                ..good
            },
        ] {
            assert_eq!(since_epoch(&bad), None, "{bad:?}");
        }
        // one hour east of Greenwich, at the beginning of time
        assert_eq!(
            since_epoch(&EfiTime {
                time_zone: -60,
                ..at(Duration::ZERO).unwrap()
            }),
            None
        );
        let unknown = EfiTime {
            time_zone: NO_ZONE,
            ..good
        };
        assert_eq!(since_epoch(&unknown), since_epoch(&good));
    }
}
