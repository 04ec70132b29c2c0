//! Values of constants out of the text of the code, private ones too.
use super::pages::texts;

/// The value of the only constant of this name in a crate's `src`: numbers, other constants, `+ - * <<` and parentheses.
pub(crate) fn constant(package: &str, name: &str) -> u64 {
    let sources = texts(&[".rs"]);
    let own = sources
        .iter()
        .filter(|(path, _)| path.starts_with(&format!("{package}/src/")));
    let head = format!("const {name}: ");
    let declared: Vec<&str> = own
        .flat_map(|(_, text)| text.split(&head).skip(1))
        .filter_map(|rest| rest.split_once('=')?.1.split(';').next())
        .collect();
    let [value] = declared[..] else {
        panic!("{package}: `{name}` is declared {} times", declared.len())
    };
    evaluate(package, value)
}

/// The value of an expression in a crate.
pub(crate) fn evaluate(package: &str, text: &str) -> u64 {
    let spaced: String = text
        .chars()
        .map(|c| {
            if "()*+-".contains(c) {
                format!(" {c} ")
            } else {
                c.to_string()
            }
        })
        .collect();
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let (value, rest) = shifts(package, &tokens);
    assert!(rest.is_empty(), "`{text}` goes on with {rest:?}");
    value
}

type Rest<'t> = &'t [&'t str];

fn shifts<'t>(package: &str, tokens: Rest<'t>) -> (u64, Rest<'t>) {
    let (mut value, mut rest) = sums(package, tokens);
    while let ["<<", more @ ..] = rest {
        let (by, after) = sums(package, more);
        (value, rest) = (value << by, after);
    }
    (value, rest)
}

fn sums<'t>(package: &str, tokens: Rest<'t>) -> (u64, Rest<'t>) {
    let (mut value, mut rest) = products(package, tokens);
    while let [sign @ ("+" | "-"), more @ ..] = rest {
        let (other, after) = products(package, more);
        value = if *sign == "+" {
            value + other
        } else {
            value - other
        };
        rest = after;
    }
    (value, rest)
}

fn products<'t>(package: &str, tokens: Rest<'t>) -> (u64, Rest<'t>) {
    let (mut value, mut rest) = factor(package, tokens);
    while let ["*", more @ ..] = rest {
        let (other, after) = factor(package, more);
        (value, rest) = (value * other, after);
    }
    (value, rest)
}

fn factor<'t>(package: &str, tokens: Rest<'t>) -> (u64, Rest<'t>) {
    match tokens {
        ["(", inner @ ..] => {
            let (value, rest) = shifts(package, inner);
            assert_eq!(rest.first(), Some(&")"));
            (value, &rest[1..])
        }
        [number, rest @ ..] => {
            let digits = number.replace('_', "");
            let value = digits.parse().unwrap_or_else(|_| constant(package, number));
            (value, rest)
        }
        [] => panic!("a value is missing"),
    }
}

#[test]
fn constants_are_computed_as_the_compiler_does() {
    assert_eq!(evaluate("nk-kernel", "(1 << 14) - 2"), 16_382);
    assert_eq!(evaluate("nk-kernel", "64 * 1024"), 65_536);
    assert_eq!(evaluate("nk-kernel", "1 << 2 + 3"), 32);
    assert_eq!(evaluate("nk-kernel", "10_000"), 10_000);
}
