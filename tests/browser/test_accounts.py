"""An account's pages, as its owner goes through them: safety, keys, a forgotten password, leaving and coming back."""

import pytest

pytestmark = [pytest.mark.live, pytest.mark.browser]
PASSWORD, NEW = "correct horse battery staple 9", "a spoon beside the yellow kettle"


def test_an_account_from_its_safety_to_its_end(visit):
    visit.go("/register?next=/account")
    address = visit.register()
    visit.verify(address)
    visit.go("/codes/icd-10-cm/I10")
    visit.go("/account")
    assert "1 of 5 page views used. 4 remain." in visit.text()
    assert visit.page.locator("a.code:text('I10')").count() == 1
    visit.look("account-used")
    change_password(visit)
    make_and_revoke_a_key(visit)
    visit.page.click("header button:text('Sign out')")
    reset_by_letter(visit, address)
    sign_in(visit, address, PASSWORD, "/account/close")
    visit.look("account-close")
    visit.page.click("button:text('Close the account')")
    assert "Nothing was closed" in visit.text()
    visit.page.check("#f-sure")
    visit.page.click("button:text('Close the account')")
    assert "Your account is closed" in visit.text()
    visit.look("account-closed")
    assert visit.complaints == []


def change_password(visit):
    visit.page.click("text=Sign-in and safety")
    visit.look("account-security")
    for password, said in (("wrong", "That is not the password"), (PASSWORD, "Your password is changed")):
        visit.page.fill("#f-password", password)
        visit.page.fill("#f-new_password", NEW)
        visit.page.fill("#f-again", NEW)
        visit.page.click("button:text('Change the password')")
        assert said in visit.text()


def make_and_revoke_a_key(visit):
    visit.page.click("text=API keys >> nth=0")
    visit.page.fill("#f-name", "billing run")
    visit.page.check("#f-scope_check")
    visit.page.click("button:text('Make the key')")
    assert visit.page.inner_text("code.hash").startswith("ca_")
    visit.look("account-key-made")
    visit.go("/account/keys")
    assert "ca_" not in visit.text()
    visit.page.click("button:text('Revoke')")
    assert "The key is revoked" in visit.text()


def reset_by_letter(visit, address):
    visit.go("/login")
    visit.page.click("text=Forgot the password?")
    visit.page.fill("#f-email", address)
    visit.look("reset")
    visit.page.click("main button")
    assert "a letter is on its way" in visit.text()
    letters = visit.platform.letters(address, 3)  # welcome, the changed password, this one
    link = next(letter["text"] for letter in letters if "/reset?token=" in letter["text"]).split("/reset?token=")[1]
    visit.go(f"/reset?token={link.split()[0]}")
    visit.look("reset-choose")
    visit.page.fill("#f-password", PASSWORD)
    visit.page.fill("#f-again", PASSWORD)
    visit.page.click("main button")
    assert "Your new password holds" in visit.text()


def sign_in(visit, address, password, onward):
    visit.go(f"/login?next={onward}")
    visit.page.fill("#f-email", address)
    visit.page.fill("#f-password", password)
    visit.look("login")
    visit.page.click("main button")
    assert visit.page.url.endswith(onward)
