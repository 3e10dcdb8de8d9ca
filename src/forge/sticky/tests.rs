//! One comment is left, whatever the order of things.

use std::cell::{Cell, RefCell};

use super::*;

const MARKER: &str = "<!-- polgen:comment:v1 a -->";

/// Comments in memory, with answers that are lost.
#[derive(Default)]
struct Wall {
    notes: RefCell<Vec<Note>>,
    next: Cell<u64>,
    /// Of each attempt to make one: does it come through, although the answer is lost?
    lost: RefCell<Vec<bool>>,
    /// What others write while this one makes its own.
    meanwhile: RefCell<Vec<(u64, String)>>,
    posts: Cell<usize>,
}

impl Wall {
    fn note(id: u64, author: &str, body: &str) -> Note {
        Note {
            id,
            author: author.to_owned(),
            body: body.to_owned(),
            url: None,
        }
    }

    fn with(notes: &[(u64, &str, &str)]) -> Self {
        let wall = Self::default();
        wall.next.set(100);
        let notes = notes
            .iter()
            .map(|(id, author, body)| Self::note(*id, author, body));
        wall.notes.replace(notes.collect());
        wall
    }

    fn ids(&self) -> Vec<u64> {
        self.notes.borrow().iter().map(|note| note.id).collect()
    }
}

impl Board for Wall {
    fn author(&self) -> Result<Option<String>, ForgeError> {
        Ok(Some("me".to_owned()))
    }

    fn list(&self) -> Result<Vec<Note>, ForgeError> {
        Ok(self.notes.borrow().clone())
    }

    fn create(&self, body: &str) -> Result<Note, Unmade> {
        self.posts.set(self.posts.get() + 1);
        for (id, body) in self.meanwhile.take() {
            self.notes.borrow_mut().push(Self::note(id, "me", &body));
        }
        let lost = self.lost.borrow_mut().pop();
        let note = Self::note(self.next.get(), "me", body);
        self.next.set(self.next.get() + 1);
        if lost != Some(false) {
            self.notes.borrow_mut().push(note.clone());
        }
        match lost {
            None => Ok(note),
            Some(_) => Err(Unmade::Unclear(ForgeError {
                place: "POST /".to_owned(),
                problem: "no answer".to_owned(),
                said: None,
                hint: None,
                status: None,
            })),
        }
    }

    fn edit(&self, id: u64, body: &str) -> Result<(), ForgeError> {
        for note in self
            .notes
            .borrow_mut()
            .iter_mut()
            .filter(|note| note.id == id)
        {
            body.clone_into(&mut note.body);
        }
        Ok(())
    }

    fn delete(&self, id: u64) -> Result<(), ForgeError> {
        self.notes.borrow_mut().retain(|note| note.id != id);
        Ok(())
    }
}

fn body() -> String {
    format!("{MARKER}\n### new\n")
}

fn done(wall: &Wall) -> Done {
    put(wall, &[MARKER.to_owned()], &body()).unwrap()
}

#[test]
fn it_is_made_once_and_then_changed() {
    let wall = Wall::with(&[
        (1, "you", &body()),
        (2, "me", "> quoted\n<!-- polgen:comment:v1 a -->"),
    ]);
    assert!(matches!(done(&wall), Done::Created(note) if note.id == 100));
    assert!(matches!(done(&wall), Done::Unchanged(_)));
    wall.edit(100, &format!("{MARKER}\nold")).unwrap();
    assert!(matches!(done(&wall), Done::Updated(_)));
    assert_eq!((wall.ids(), wall.posts.get()), (vec![1, 2, 100], 1));
}

#[test]
fn any_of_the_markers_finds_it() {
    let old = format!("<!-- polgen:comment:v1 b -->\n{MARKER}\nold");
    let wall = Wall::with(&[(5, "me", &old)]);
    assert!(matches!(done(&wall), Done::Updated(_)));
    assert_eq!(wall.ids(), [5]);
}

#[test]
fn of_two_at_once_the_lower_number_stays() {
    for other in [50, 150] {
        let wall = Wall::with(&[]);
        wall.meanwhile.replace(vec![(other, body())]);
        done(&wall);
        assert_eq!(wall.ids(), [other.min(100)]);
    }
}

#[test]
fn a_lost_answer_is_looked_for_before_it_is_asked_again() {
    let wall = Wall::with(&[]);
    wall.lost.replace(vec![true, false]);
    done(&wall);
    assert_eq!((wall.ids(), wall.posts.get()), (vec![101], 2));
    let wall = Wall::with(&[]);
    wall.lost.replace(vec![false; 9]);
    assert!(put(&wall, &[MARKER.to_owned()], &body()).is_err());
    assert_eq!(wall.posts.get(), MOST_ATTEMPTS);
}
