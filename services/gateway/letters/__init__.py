"""The letters: `<name>/{subject.txt,body.txt,body.html}`, rendered with a letter's facts."""
