"""The roster: an officer whose key is lost or known to others gets another one, under the same label."""

from tests.cli.desks import Desks


def test_a_replaced_key_speaks_and_the_old_one_does_not(valley: Desks) -> None:
    keys = valley.folder / "north" / "keys"
    before = (keys / "duty.key.json").read_bytes()

    refused = valley.run("staff enrol duty --office senior", "north")
    valley.do("staff enrol duty --office senior --replace", "north")
    valley.do("operation propose water.toml --name w --release-to south --yes", "north")
    valley.settle()

    assert refused.code == 3 and "staff.enrolled" in refused.err
    assert "w" in valley.do("operation list", "south").out
    [old] = keys.glob("duty.*.old.json")
    assert old.read_bytes() == before != (keys / "duty.key.json").read_bytes()

    old.replace(keys / "duty.key.json")
    again = valley.run("operation propose water.toml --name w2 --yes", "north")
    assert again.code == 3 and "staff." in again.err


def test_nobody_is_replaced_who_is_not_on_the_roster(valley: Desks) -> None:
    said = valley.run("staff enrol nobody --office watch --replace", "north")

    assert said.code == 3 and "staff.not_on_roster" in said.err
    assert not list((valley.folder / "north" / "keys").glob("nobody*"))
