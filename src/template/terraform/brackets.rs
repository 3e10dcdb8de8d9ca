//! Finds what would take the parser without end. Where something behind the second operator of a row does not parse, it tries that anew, so
//! what it takes doubles with each bracket behind such an operator inside another one. A file with many of them is refused before, and so
//! is one of an object with very many members, each of which is looked for among all others.
//!
//! This reads what is right as the parser does, up to where something is wrong: there the parser ends too. Where the two could part, it
//! counts too much and never too little.

mod words;

use words::{Word, blank, ends, is_for, is_in_name, is_start, line, number, remark, word};

/// So many such brackets may lie within each other. Nobody writes more.
const MOST_WITHIN: usize = 4;
/// So much may be open at once; the parser takes 64 levels, of some of these each.
const MOST_OPEN: usize = 512;
/// So many operators may follow each other, such as `a == !-b`.
const MOST_IN_A_ROW: usize = 4;
/// What all members may cost together, each as much as its object has already: 14,141 of one object do.
const MOST_MEMBER_STEPS: usize = 100_000_000;
/// A name that is an expression costs the square of its bytes by this: it is compared part by part.
const BYTES_A_STEP: usize = 8;

/// Why a file is not parsed, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Too many brackets or texts behind operators lie within each other; this is the first too much.
    Within(char, usize),
    /// Too many operators follow each other.
    InARow(usize),
    /// Objects or blocks have too many members.
    Members(usize),
    /// A text of `<<` whose first line begins with its end: the parser takes what follows for its content, up to the next end.
    EmptyText(usize),
}

/// Says whether the parser may read a file.
pub(super) fn refusal(text: &str) -> Option<Refusal> {
    Scan {
        text: text.as_bytes(),
        at: 0,
        open: vec![Frame::of(Kind::Top, 0)],
        member_steps: 0,
    }
    .run()
}

/// What is open at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind<'t> {
    /// The file, and what stands in braces but for `{for …}`: an expression ends with its line.
    Top,
    Braces,
    /// `(`, `[` and `{for …}`
    Round,
    Square,
    For,
    /// `${`
    Put,
    /// `%{`, by what it begins or ends.
    Directive(Word),
    /// What stands between two directives: quotes mean nothing there.
    Body,
    /// `"`
    Quoted,
    /// `<<WORD`
    Heredoc(&'t [u8]),
}

#[derive(Clone, Copy, Debug)]
struct Frame<'t> {
    kind: Kind<'t>,
    /// How many operators the expression has so far.
    operators: usize,
    /// How many of them stand last.
    in_a_row: usize,
    /// Says whether the expression goes on, since an operator or a dot stands last.
    goes_on: bool,
    /// How many members begin so far, and how many conditions have no end yet.
    members: usize,
    conditions: usize,
    /// Where the expression begins, and whether it is more than a name or a text.
    start: usize,
    is_composed: bool,
    /// How many brackets behind operators this lies in.
    within: usize,
}

impl<'t> Frame<'t> {
    fn of(kind: Kind<'t>, within: usize) -> Self {
        Self {
            kind,
            operators: 0,
            in_a_row: 0,
            goes_on: false,
            members: 0,
            conditions: 0,
            start: 0,
            is_composed: false,
            within,
        }
    }
}

struct Scan<'t> {
    text: &'t [u8],
    at: usize,
    open: Vec<Frame<'t>>,
    /// What all members cost so far.
    member_steps: usize,
}

impl<'t> Scan<'t> {
    fn run(mut self) -> Option<Refusal> {
        while !self.rest().is_empty() {
            let kind = self.open.last()?.kind;
            let step = match kind {
                Kind::Quoted | Kind::Heredoc(_) | Kind::Body => self.literal(kind),
                _ => self.code(kind),
            };
            match step {
                Step::On(length) => self.at += length,
                Step::Refused(refusal) => return Some(refusal),
                // The parser finds what is wrong here before anything behind it.
                Step::Wrong => return None,
            }
        }
        None
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// A place in a text.
    fn literal(&mut self, kind: Kind<'t>) -> Step {
        let rest = self.rest();
        match (kind, rest) {
            (_, [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..]) => Step::On(3),
            (_, [b'$', b'{', ..]) => self.push(Kind::Put, 2),
            (_, [b'%', b'{', ..]) => self.push(Kind::Directive(word(rest)), 2),
            (Kind::Quoted, [b'\\', ..]) => Step::On(2),
            (Kind::Quoted, [b'"', ..]) => self.pop(1),
            (Kind::Heredoc(word), [b'\n' | b'\r', ..]) => {
                let line = rest.strip_prefix(b"\r").unwrap_or(rest);
                let end = line.strip_prefix(b"\n").and_then(|line| ends(line, word));
                end.map_or(Step::On(1), |end| self.pop(rest.len() - end))
            }
            _ => Step::On(1),
        }
    }

    /// A place outside of texts.
    fn code(&mut self, kind: Kind<'t>) -> Step {
        let rest = self.rest();
        let before = self.at.checked_sub(1).and_then(|at| self.text.get(at));
        match rest {
            [b'#', ..] | [b'/', b'/', ..] => Step::On(line(rest)),
            [b'/', b'*', ..] => remark(rest).map_or(Step::Wrong, Step::On),
            [b'<', b'<', ..] => self.heredoc(),
            [b'"', ..] => self.push(Kind::Quoted, 1),
            [b'(', ..] => self.push(Kind::Round, 1),
            [b'[', ..] => self.push(Kind::Square, 1),
            [b'{', after @ ..] => {
                let is_for = is_for(after);
                self.push(if is_for { Kind::For } else { Kind::Braces }, 1)
            }
            [b')', ..] if kind == Kind::Round => self.pop(1),
            [b']', ..] if kind == Kind::Square => self.pop(1),
            [b'}', ..] if matches!(kind, Kind::Braces | Kind::For | Kind::Put) => self.pop(1),
            [b'}', ..] => self.end_of_directive(kind),
            [b')' | b']', ..] => Step::Wrong,
            [b' ' | b'\t' | b'\r', ..] => Step::On(1),
            [b'\n', after @ ..] => self.end_of_line(kind, after),
            // Between the names of a function, and before those of members.
            [b':', b':', ..] => self.going_on(2),
            [b'.', ..] => self.going_on(1),
            [b'=' | b'!' | b'<' | b'>', b'=', ..] | [b'&', b'&', ..] | [b'|', b'|', ..] => {
                self.operator(2)
            }
            // Another expression begins.
            [b'=', b'>', ..] => self.begin(2),
            [b'?', ..] => self.condition(),
            [b':', ..] if self.ends_condition() => self.begin(1),
            [b'=' | b':', ..] => self.member(),
            [b',', ..] => self.begin(1),
            // Of all elements.
            [b'*', ..] if matches!(before, Some(b'.' | b'[')) => self.operand(1),
            [b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%', ..] => self.operator(1),
            [b'i', b'f' | b'n', ..] => self.glued(rest),
            [byte, ..] if is_start(*byte) => {
                self.operand(rest.iter().take_while(|byte| is_in_name(**byte)).count())
            }
            [byte, ..] if byte.is_ascii_digit() => self.operand(number(rest)),
            _ => self.operand(1),
        }
    }

    /// An expression ends with its line, unless it began with a call or a list: then an operator or a bracket goes on with it.
    fn end_of_line(&mut self, kind: Kind<'t>, after: &[u8]) -> Step {
        if !matches!(kind, Kind::Top | Kind::Braces) {
            return Step::On(1);
        }
        let next = blank(after);
        let length = 1 + after.len() - next.len();
        let is_continued = next
            .first()
            .is_some_and(|byte| b"=!<>+-*/%&|?:.[({".contains(byte));
        let goes_on = self.open.last().is_some_and(|frame| frame.goes_on);
        if is_continued || goes_on {
            return Step::On(length);
        }
        self.begin(length)
    }

    fn heredoc(&mut self) -> Step {
        let rest = self.rest();
        let name = rest.get(2..).unwrap_or_default();
        let name = name.strip_prefix(b"-").unwrap_or(name);
        let length = name.iter().take_while(|byte| is_in_name(**byte)).count();
        let (word, after) = name.split_at_checked(length).unwrap_or_default();
        let after = after.strip_prefix(b"\r").unwrap_or(after);
        let is_name = word.first().is_some_and(|byte| is_start(*byte));
        let Some(content) = after.strip_prefix(b"\n").filter(|_| is_name) else {
            // An operator may stand before a text.
            let is_operator = rest.starts_with(b"<<<");
            return if is_operator {
                self.operator(1)
            } else {
                Step::Wrong
            };
        };
        if ends(content, word).is_some() {
            return Step::Refused(Refusal::EmptyText(self.at));
        }
        // The end of the line stays: the text may end right behind it.
        self.push(Kind::Heredoc(word), rest.len() - content.len())
    }

    fn end_of_directive(&mut self, kind: Kind<'t>) -> Step {
        let step = self.pop(1);
        let is_in_body = self.open.last().map(|it| it.kind) == Some(Kind::Body);
        match kind {
            Kind::Directive(Word::Begins) => self.push(Kind::Body, 1),
            Kind::Directive(Word::Ends) if is_in_body => self.pop(1),
            Kind::Directive(Word::GoesOn) if is_in_body => step,
            _ => Step::Wrong,
        }
    }

    fn push(&mut self, kind: Kind<'t>, length: usize) -> Step {
        let Some(around) = self.open.last() else {
            return Step::Wrong;
        };
        let within = around.within + usize::from(around.operators > 1);
        if self.open.len() > MOST_OPEN {
            return Step::Wrong;
        }
        if within > MOST_WITHIN {
            let bracket = self.rest().first().copied().unwrap_or_default();
            return Step::Refused(Refusal::Within(char::from(bracket), self.at));
        }
        self.open.push(Frame {
            start: self.at + length,
            ..Frame::of(kind, within)
        });
        Step::On(length)
    }

    fn pop(&mut self, length: usize) -> Step {
        let popped = self.open.pop();
        let is_composed = popped.is_some_and(|it| it.is_composed || it.kind != Kind::Quoted);
        if let Some(frame) = self.open.last_mut() {
            frame.is_composed |= is_composed;
        }
        self.operand(length)
    }

    /// What is glued to `in` and `if` may be no part of a name, so each `-` counts.
    fn glued(&mut self, rest: &[u8]) -> Step {
        let length = rest.iter().take_while(|byte| is_in_name(**byte)).count();
        let name = rest.get(..length).unwrap_or_default();
        let mut parts = name.split(|byte| *byte != b'-');
        let count = memchr::memchr_iter(b'-', name).count();
        if parts.any(|dashes| dashes.len() > MOST_IN_A_ROW) {
            return Step::Refused(Refusal::InARow(self.at));
        }
        self.operand(length);
        if let Some(frame) = self.open.last_mut() {
            frame.operators += count;
            frame.goes_on = name.ends_with(b"-");
        }
        Step::On(length)
    }

    fn operand(&mut self, length: usize) -> Step {
        if let Some(frame) = self.open.last_mut() {
            (frame.in_a_row, frame.goes_on) = (0, false);
        }
        Step::On(length)
    }

    fn going_on(&mut self, length: usize) -> Step {
        if let Some(frame) = self.open.last_mut() {
            frame.goes_on = true;
        }
        Step::On(length)
    }

    fn begin(&mut self, length: usize) -> Step {
        if let Some(frame) = self.open.last_mut() {
            frame.operators = 0;
            (frame.start, frame.is_composed) = (self.at + length, false);
        }
        self.operand(length)
    }

    fn condition(&mut self) -> Step {
        if let Some(frame) = self.open.last_mut() {
            frame.conditions += 1;
        }
        self.begin(1)
    }

    /// Says whether a condition has no end yet, which this is.
    fn ends_condition(&mut self) -> bool {
        let Some(frame) = self.open.last_mut() else {
            return false;
        };
        let is_open = frame.conditions > 0;
        frame.conditions -= usize::from(is_open);
        is_open
    }

    /// What a member is begins here; its name is compared with those of all before it, and anew whenever the parser tries anew.
    fn member(&mut self) -> Step {
        if let Some(frame) = self.open.last_mut() {
            let bytes = if frame.is_composed {
                self.at.saturating_sub(frame.start)
            } else {
                0
            };
            let steps = 1 + (bytes / BYTES_A_STEP).saturating_pow(2);
            let again = 1 << frame.within;
            frame.members += 1;
            let steps = frame.members.saturating_mul(steps).saturating_mul(again);
            self.member_steps = self.member_steps.saturating_add(steps);
        }
        if self.member_steps > MOST_MEMBER_STEPS {
            return Step::Refused(Refusal::Members(self.at));
        }
        self.begin(1)
    }

    fn operator(&mut self, length: usize) -> Step {
        if let Some(frame) = self.open.last_mut() {
            frame.operators += 1;
            frame.in_a_row += 1;
            frame.is_composed = true;
            if frame.in_a_row > MOST_IN_A_ROW {
                return Step::Refused(Refusal::InARow(self.at));
            }
        }
        self.going_on(length)
    }
}

enum Step {
    On(usize),
    Refused(Refusal),
    Wrong,
}

#[cfg(test)]
mod tests;
