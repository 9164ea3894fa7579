"""What is read of a mail: charsets, soft line ends, quoted history of every program's style, attachments."""

import io
import zipfile
from email.message import EmailMessage

import pytest
from pypdf import PdfWriter

from services.gateway.mail.attachments import MOST, opened
from services.gateway.mail.bodies import html_text
from services.gateway.mail.quotes import without_history
from services.gateway.mail.reading import read_mail

HEAD = b"From: ann@example.org\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("big5", "糖尿病 type 2".encode("big5"), "糖尿病 type 2"),
        ("windows-1252", b"na\xefve \x93pain\x94", "naïve “pain”"),
        ("iso-8859-1", b"\x93pain\x94", "“pain”"),
        ("gb2312", "糖尿病".encode("gb18030"), "糖尿病"),
        ("ks_c_5601-1987", "당뇨병".encode("cp949"), "당뇨병"),
        ("iso-2022-jp", "糖尿病".encode("iso-2022-jp"), "糖尿病"),
        ("us-ascii", "fièvre".encode(), "fièvre"),
        ("utf-8", b"na\xefve", "naïve"),
        ("nonsense", b"na\xefve", "naïve"),
    ],
)
def test_a_charset_is_read_as_it_really_comes(charset, raw, text):
    head = HEAD + b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\nContent-Transfer-Encoding: 8bit\r\n"
    assert read_mail(head + b"\r\n" + raw).text == text


def test_flowed_lines_are_joined():
    head = HEAD + b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
    body = b"Pain in the \r\nleft knee.\r\n From the ward.\r\n> quoted \r\n> history\r\n-- \r\nAnn"
    assert read_mail(head + body).text == "Pain in the left knee.\nFrom the ward."


def test_flowed_with_delsp_joins_without_the_space():
    head = HEAD + b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n"
    assert read_mail(head + b"hyper \r\ntension").text == "hypertension"


HISTORIES = {
    "gmail": "On Tue, Nov 3, 2026 at 9:12 AM Ann Coder <ann@example.org> wrote:\n\n> old pneumonia\n> more\n",
    "gmail, two lines": "On Tue, Nov 3, 2026 at 9:12 AM Ann Coder\n<ann@example.org> wrote:\n> old pneumonia\n",
    "apple": "On 3 Nov 2026, at 09:12, Coding Ahead <no-reply@localhost> wrote:\n\n> old pneumonia\n",
    "thunderbird, german": "Am 03.11.26 um 09:12 schrieb Ann:\n> old pneumonia\n",
    "french": "Le mar. 3 nov. 2026 à 09:12, Ann <ann@example.org> a écrit :\n\n> old pneumonia\n",
    "spanish": "El mar, 3 nov 2026 a las 9:12, Ann (<ann@example.org>) escribió:\n\n> old pneumonia\n",
    "outlook": "From: Coding Ahead\nSent: Tuesday, November 3, 2026\nTo: Ann\nSubject: Re: A case\n\nold pneumonia\n",
    "outlook, line": "______________\nFrom: Coding Ahead <x@y>\nSent: Tuesday\nTo: Ann\nSubject: Re\n\nold pneumonia\n",
    "outlook express": "-----Original Message-----\nFrom: x\nold pneumonia\n",
    "outlook, german": "Von: Coding Ahead\nGesendet: Dienstag, 3. November\nAn: Ann\nBetreff: AW: A\n\nold pneumonia",
    "exchange, bold": "*From:* Coding Ahead\n*Sent:* Tuesday\n*To:* Ann\n*Subject:* Re: A case\n\nold pneumonia\n",
    "bare": "> old pneumonia\n> more\n",
    "signature": "-- \nold pneumonia, Hospital\n",
    "phone": "Sent from my iPhone\n\nold pneumonia",
    "disclaimer": "This e-mail is confidential and intended for the addressee; old pneumonia\n",
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_history_in_every_style_is_left_out(history):
    assert without_history(f"Patient has gout.\n\n{history}") == "Patient has gout."


def test_an_answer_below_and_between_quotes_is_kept():
    text = "On 3 Nov 2026 Ann <a@b.c> wrote:\n> Which side?\nLeft knee.\n> Since when?\nTwo weeks.\n"
    assert without_history(text) == "Left knee.\nTwo weeks."


def test_what_is_forwarded_is_the_case():
    heads = "From: Bob <b@c.d>\nDate: Mon\nSubject: case\nTo: Ann\n"
    text = f"FYI\n\n---------- Forwarded message ---------\n{heads}\nGout of the foot.\n"
    assert without_history(text) == "FYI\n\nGout of the foot."


@pytest.mark.parametrize(
    "html",
    [
        '<div>Gout</div><div class="gmail_quote">On Tue wrote:<blockquote>pneumonia</blockquote></div>',
        '<p>Gout</p><blockquote type="cite"><p>pneumonia<p>more</blockquote>',
        '<p>Gout</p><hr><div id="divRplyFwdMsg">From: x</div>',
        "<p>Gout</p><style>p{}</style><script>x</script>",
    ],
)
def test_html_quotes_are_left_out(html):
    assert html_text(html).split("\n")[0] == "Gout"
    assert "pneumonia" not in html_text(html)


def test_html_lists_and_tables_are_no_quotes():
    assert html_text("<blockquote><p>Gout</p></blockquote><ul><li>One<li>Two</ul><br>Three") == "Gout\nOne\nTwo\nThree"


def with_attachment(name: str, raw: bytes, kind: str = "application/octet-stream", body: str = "See attached."):
    letter = EmailMessage()
    letter["From"], letter["Message-ID"] = "ann@example.org", "<2@example.org>"
    letter.set_content(body)
    main, _, sub = kind.partition("/")
    letter.add_attachment(raw, maintype=main, subtype=sub, filename=name)
    return read_mail(letter.as_bytes())


def word(paragraphs: list[str], size: int = 0) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{one}</w:t></w:r></w:p>" for one in paragraphs) + " " * size
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>')
    return made.getvalue()


def pdf(text: str, password: str = "") -> bytes:
    """A page with one line, written by hand: the library draws none."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += (
        b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    )
    if not password:
        return out
    writer, made = PdfWriter(io.BytesIO(out)), io.BytesIO()
    writer.encrypt(password, algorithm="RC4-128")
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "kind", "text"),
    [
        ("case.txt", b"Gout.", "text/plain", "Gout."),
        ("case.txt", b"Gout.", "application/octet-stream", "Gout."),
        ("case.html", b"<p>Gout.</p>", "text/html", "Gout."),
        ("case.docx", word(["Gout.", "Left knee."]), "application/octet-stream", "Gout.\nLeft knee."),
        ("case.pdf", pdf("Gout of the foot"), "application/pdf", "Gout of the foot"),
    ],
)
async def test_documents_are_read(name, raw, kind, text):
    assert await opened(with_attachment(name, raw, kind).attached) == (text, ())


@pytest.mark.parametrize(
    ("name", "raw", "kind", "why"),
    [
        ("secret.pdf", pdf("Gout", password="x"), "application/pdf", "protected by a password"),
        ("broken.pdf", b"%PDF-1.4 nothing", "application/pdf", "damaged"),
        ("broken.docx", b"PK\x03\x04 nothing", "application/octet-stream", "damaged"),
        ("locked.docx", b"\xd0\xcf\x11\xe0 ole", "application/octet-stream", "password"),
        ("bomb.docx", word(["x"], 40 << 20), "application/octet-stream", "unpacks to more"),
        ("case.zip", b"PK\x03\x04", "application/zip", "archives are not opened"),
        ("winmail.dat", b"\x78\x9f\x3e\x22", "application/ms-tnef", "Outlook's own format"),
        ("scan.jpg", b"\xff\xd8", "image/jpeg", "pictures are not read"),
        ("old.doc", b"\xd0\xcf", "application/msword", "old Word format"),
        ("x.bin", b"x", "application/octet-stream", "application/octet-stream is not read"),
    ],
)
async def test_what_cannot_be_read_is_said(name, raw, kind, why):
    text, notes = await opened(with_attachment(name, raw, kind).attached)
    assert text == ""
    assert notes[0].startswith(f"{name} was not read: ")
    assert why in notes[0]


async def test_only_so_many_attachments_are_opened():
    letter = EmailMessage()
    letter["From"] = "ann@example.org"
    letter.set_content("many")
    for number in range(MOST + 2):
        letter.add_attachment(f"note {number}", filename=f"{number}.txt")
    text, notes = await opened(read_mail(letter.as_bytes()).attached)
    assert len(text.split("\n\n")) == MOST
    assert len(notes) == 2


async def test_a_forwarded_mail_is_read():
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "bob@example.org", "case"
    inner.set_content("Gout of the foot.")
    letter = EmailMessage()
    letter["From"] = "ann@example.org"
    letter.set_content("FYI")
    letter.add_attachment(inner)
    assert (await opened(read_mail(letter.as_bytes()).attached))[0] == "Gout of the foot."


def test_a_second_delivery_of_a_mail_without_id_has_the_same_id():
    raw = b"From: ann@example.org\r\nDate: Tue, 3 Nov 2026 09:12:00 +0000\r\nSubject: x\r\n\r\nGout."
    one, other = read_mail(b"Received: from a\r\n" + raw), read_mail(b"Received: from b\r\n" + raw)
    assert one.message_id == other.message_id
    assert one.references == ()


@pytest.mark.parametrize("told", ["no brackets", "<" + "x" * 400 + "@y>", "<a b@c>"])
def test_an_id_that_cannot_thread_gets_another(told):
    raw = b"From: ann@example.org\r\nMessage-ID: " + told.encode() + b"\r\n\r\nGout."
    assert read_mail(raw).message_id == read_mail(raw).message_id != told
    assert read_mail(raw).references == ()


def test_a_long_thread_keeps_its_first_and_its_newest_ids():
    ids = [f"<{number}.{'x' * 60}@example.org>" for number in range(60)]
    raw = HEAD + b"References: " + " ".join(ids).encode() + b"\r\n\r\nGout."
    kept = read_mail(raw).references
    assert kept[0] == ids[0]
    assert kept[-2:] == (ids[-1], "<1@example.org>")
    assert len(" ".join(kept)) < 990


def test_control_characters_and_lone_surrogates_go():
    head = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    assert read_mail(head + b"Gout\x00\x07 and\x1b[31m pain\xed\xa0\x80").text.encode()
