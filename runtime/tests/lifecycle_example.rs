//! The example `lifecycle`: every task's story is told, in its order.

mod util;

/// Whether `parts` occur in `text`, one after the other.
fn tells(text: &str, parts: &[&str]) -> bool {
    let mut rest = text;
    parts.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[test]
fn the_whole_life_of_each_task_is_shown() {
    let output = util::example("lifecycle").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let stories: [&[&str]; 4] = [
        &[
            "reader: spawned at line",
            "reader: polled",
            "reader: Pending",
            "reader: Woken by the reactor of worker",
            "reader: polled",
            "reader: Complete",
            "reader: over",
        ],
        &[
            "timer: spawned",
            "timer: Pending",
            "timer: Woken by the reactor",
            "timer: Complete",
        ],
        &[
            "panicking: spawned",
            "panicking: polled",
            "panicking: Panicked",
        ],
        &[
            "aborted: spawned",
            "aborted: Pending",
            "aborted: Woken from outside",
            "aborted: Cancelled",
        ],
    ];
    for story in stories {
        assert!(tells(&text, story), "{story:?} in:\n{text}");
    }
    // A joiner is told on its own worker, before or after the observer's last line.
    for joiner in ["panicked: on purpose", "was cancelled"] {
        assert!(text.contains(joiner), "{joiner} in:\n{text}");
    }
}
