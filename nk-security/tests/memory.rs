//! What a policy remembers of processes, and that a program which would miss, nest or run too long is not accepted.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
mod common;

use common::*;
use nk_security::*;

/// Every start of a program gives it a state and a set; requests need both.
fn with_memory() -> Program {
    let mut program = open_program();
    program.objects.push(Object {
        name: "life".into(),
        model: Model::Flow(Flow {
            states: vec!["on".into()],
            initial: 0,
            transitions: vec![vec![]],
        }),
    });
    let set = HashSet {
        set_size: 1,
        pool_size: 1,
        arity: 1,
    };
    program.objects.push(Object {
        name: "seen".into(),
        model: Model::HashSet(set),
    });
    program.exprs = vec![
        Expr::DstSid,
        Expr::Place(24),
        Expr::Number(ExprId(1), Width::U32),
    ];
    let reads = vec![];
    let rule = |object, call| Rule {
        object: ObjectId(object),
        call,
        place: place(9),
        profile: None,
        reads: reads.clone(),
    };
    let sid = ExprId(0);
    let first = u32::try_from(program.rules.len()).unwrap();
    program.rules.extend([
        rule(1, Call::Init(sid)),
        rule(2, Call::Init(sid)),
        rule(1, Call::Allow(sid, vec![0])),
        rule(2, Call::Add(sid, vec![ExprId(2)])),
    ]);
    let step = |n: u32| Step::Rule(RuleId(first + n));
    program
        .bodies
        .extend([vec![step(0), step(1)], vec![step(2), step(3)]]);
    let body = |back: usize| BodyId(u32::try_from(program.bodies.len() - back).unwrap());
    let (start, request) = (body(2), body(1));
    program.trees[0] = Tree::Rules(request);
    program.trees.push(Tree::Rules(start));
    program.execute = vec![TreeId(3); 9];
    program
}

/// Why a rule denied.
fn cause(record: &Record) -> Option<Cause> {
    match record.reason {
        Reason::Rule(cause, _) => Some(cause),
        _ => None,
    }
}

#[test]
fn what_ended_processes_held_is_free_for_others() {
    let policy = Policy::prove(tables(), with_memory()).unwrap();
    let mut state = State::new(&policy, 1);
    let process = |sid| Subject {
        class: S,
        sid: Sid(sid),
    };
    let request = |state: &mut State, sid, v| {
        let verified = policy.request(subject(C), process(sid), number(v)).unwrap();
        policy
            .decide(state, verified)
            .map(drop)
            .map_err(|denied| cause(&denied.record))
    };
    for sid in 10..20 {
        assert_eq!(
            request(&mut state, sid, 1),
            Err(Some(Cause::NoAutomaton)),
            "no number is ever used twice"
        );
        assert!(policy.execute(&mut state, subject(E), process(sid)).is_ok());
        let second = policy
            .execute(&mut state, subject(E), process(99))
            .unwrap_err();
        assert_eq!(cause(&second), Some(Cause::Full), "the memory is bounded");
        assert_eq!(request(&mut state, sid, 1), Ok(()));
        assert_eq!(request(&mut state, sid, 1), Ok(()));
        assert_eq!(request(&mut state, sid, 2), Err(Some(Cause::Full)));
        state.ended(Sid(sid));
    }
}

#[test]
fn a_program_whose_rules_miss_something_is_not_accepted() {
    type Damage = fn(&mut Program);
    let damages: [(&str, Damage); 16] = [
        ("an expression of itself", |p| {
            p.exprs[0] = Expr::Not(ExprId(0));
        }),
        ("an expression of a later one", |p| {
            p.exprs[0] = Expr::Not(ExprId(1));
        }),
        ("a text that is not there", |p| {
            p.exprs.push(Expr::Text(TextId(0)));
        }),
        ("a state of no object", |p| {
            p.exprs.push(Expr::State(ObjectId(9), ExprId(0)));
        }),
        ("an argument that is not there", |p| {
            p.rules[0].call = Call::Assert(ExprId(99));
        }),
        ("a rule of another model", |p| {
            p.rules[0].call = Call::Init(ExprId(0));
        }),
        ("an object that is not there", |p| {
            p.rules[0].object = ObjectId(9);
        }),
        ("a profile that is not there", |p| {
            p.rules[0].profile = Some(ProfileId(0));
        }),
        ("a place that is not there", |p| {
            p.rules[0].place.file = FileId(9);
        }),
        ("a rule that is not there", |p| {
            p.bodies[4].push(Step::Rule(RuleId(99)));
        }),
        ("a choice that is not there", |p| {
            p.bodies[4].push(Step::Choice(ChoiceId(0)));
        }),
        ("a default profile that is not there", |p| {
            p.audit = Some((ProfileId(0), 0));
        }),
        ("a transition to nowhere", |p| {
            p.objects[1].model = Model::Flow(Flow {
                states: vec!["on".into()],
                initial: 0,
                transitions: vec![vec![1]],
            });
        }),
        ("no initial state", |p| {
            p.objects[1].model = Model::Flow(Flow {
                states: vec![],
                initial: 0,
                transitions: vec![],
            });
        }),
        ("too much memory", |p| {
            p.objects[2].model = Model::HashSet(HashSet {
                set_size: u32::MAX,
                pool_size: u32::MAX,
                arity: 8,
            });
        }),
        ("an entry of nothing", |p| {
            p.objects[2].model = Model::HashSet(HashSet {
                set_size: 1,
                pool_size: 1,
                arity: 0,
            });
        }),
    ];
    for (what, damage) in damages {
        let mut program = with_memory();
        damage(&mut program);
        assert!(Policy::prove(tables(), program).is_err(), "{what}");
    }
}

#[test]
fn a_program_that_nests_deep_or_runs_long_is_not_accepted() {
    let refused = |change: &dyn Fn(&mut Program)| {
        let mut program = with_memory();
        change(&mut program);
        Policy::prove(tables(), program).err()
    };
    let work = Some(PolicyError::Program(ProgramError::Work));
    let deep = |p: &mut Program| {
        p.exprs.push(Expr::Bool(true));
        (3..70).for_each(|n| p.exprs.push(Expr::Not(ExprId(n))));
    };
    assert_eq!(refused(&deep), work);
    // each is made of the one before, twice
    let wide = |p: &mut Program| {
        p.exprs.push(Expr::Bool(true));
        (3..40).for_each(|n| p.exprs.push(Expr::And(ExprId(n), ExprId(n))));
    };
    assert_eq!(refused(&wide), work);
    let context = |p: &mut Program| {
        let choice = |body| Choice {
            selector: ExprId(0),
            profile: None,
            reads: vec![],
            alternatives: vec![Alternative {
                test: Test::Any,
                body: BodyId(body),
            }],
            place: place(1),
        };
        p.bodies = vec![vec![Step::Choice(ChoiceId(0))]];
        p.choices = vec![choice(0)];
    };
    assert_eq!(
        refused(&context),
        Some(PolicyError::Program(ProgramError::Reference)),
        "a choice inside of itself"
    );
}
