package org.m4fw.tests.trust;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.image.Kind;
import org.m4fw.image.slot.RollbackError;
import org.m4fw.signing.SigningError;
import org.m4fw.signing.trust.LineageError;
import org.m4fw.signing.trust.PolicyError;
import org.m4fw.signing.trust.TrustRootError;
import org.m4fw.signing.trust.VerificationError;

/**
 * What a vendor does with keys over the years: a root made by three, trust given to others, keys
 * lost, replaced and revoked; and which images verify before and after.
 */
class KeyCeremonyTest {
  @TempDir Path room;

  @Test
  void aRootIsMadeDelegatedThresholdSignedRotatedAndAKeyRevoked() throws IOException {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @alice --role root --post-quantum slh-dsa-sha2-128s");
    ceremony.run("keys new --out @bob --role root --classical ecdsa-p256");
    ceremony.run(
        "keys new --out @carol --role root --classical ecdsa-p384", "--post-quantum", "ml-dsa-87");
    ceremony.run("keys new --out @dave --role root");
    ceremony.run("keys new --out @ci");
    ceremony.run("keys new --out @ci-next --classical ecdsa-p256");
    ceremony.run("keys new --out @officer --role security");
    ceremony.run("keys new --out @developer --role adapter-developer");
    makeTheFirstRoot(ceremony);
    useDelegatedKeys(ceremony);
    replaceTheKeyOfAPerson(ceremony);
    replaceTheKeyForReleases(ceremony);
    revoke(ceremony);
  }

  /** Two of three have to sign. */
  private static void makeTheFirstRoot(Ceremony ceremony) {
    ceremony.run(
        "root new --out @roots/1.root.json --key root=@alice --key root=@bob --key root=@carol"
            + " --threshold root=2 --key release=@ci --key security=@officer"
            + " --key adapter-developer=@developer");
    ceremony.write(Kind.IMAGE, "first.m4img", "ci");
    ceremony.run("root sign @roots/1.root.json --key @alice");
    ceremony.refuses(TrustRootError.TOO_FEW_BY_ITSELF, "first.m4img", "--root @roots");
    ceremony.refused(SigningError.NOT_OF_THIS_ROOT, "root sign @roots/1.root.json --key @ci");
    ceremony.run("root sign @roots/1.root.json --key @bob");
    ceremony.verifies("first.m4img", "--root @roots");
    assertTrue(ceremony.run("keys show @roots").out().contains("requires 2 classical"));
  }

  private static void useDelegatedKeys(Ceremony ceremony) {
    ceremony.write(Kind.ADAPTER, "licence.m4adapter", "developer");
    ceremony.verifies("licence.m4adapter", "--root @roots");
    ceremony.write(Kind.IMAGE, "by-developer.m4img", "developer");
    ceremony.refuses(VerificationError.TOO_FEW_FOR_ROOT, "by-developer.m4img", "--root @roots");
    ceremony.write(Kind.IMAGE, "by-root.m4img", "bob");
    ceremony.refuses(VerificationError.TOO_FEW_FOR_ROOT, "by-root.m4img", "--root @roots");
  }

  /** Alice leaves, Dave comes; nobody else notices. */
  private static void replaceTheKeyOfAPerson(Ceremony ceremony) {
    ceremony.run("root change @roots --out @second.root.json --remove @alice --key root=@dave");
    ceremony.run("root sign @second.root.json --previous @roots/1.root.json --key @dave");
    ceremony.run("root sign @second.root.json --previous @roots/1.root.json --key @bob");
    copy(ceremony, "second.root.json", "roots/2.root.json");
    ceremony.refuses(TrustRootError.TOO_FEW_BY_PREVIOUS, "first.m4img", "--root @roots");
    ceremony.run("root sign @second.root.json --previous @roots/1.root.json --key @carol");
    copy(ceremony, "second.root.json", "roots/2.root.json");
    ceremony.verifies("first.m4img", "--root @roots");
  }

  /** The machine that makes releases was broken into. */
  private static void replaceTheKeyForReleases(Ceremony ceremony) throws IOException {
    ceremony.run("root change @roots --out @third.root.json --remove @ci --key release=@ci-next");
    ceremony.run("root sign @third.root.json --previous @roots/2.root.json --key @bob");
    ceremony.run("root sign @third.root.json --key @dave");
    copy(ceremony, "third.root.json", "roots/3.root.json");
    ceremony.refuses(VerificationError.UNKNOWN_SIGNER, "first.m4img", "--root @roots");
    ceremony.verifies("first.m4img", "--root @roots/2.root.json");
    ceremony.write(Kind.IMAGE, "after-theft.m4img", "ci");
    ceremony.refuses(VerificationError.UNKNOWN_SIGNER, "after-theft.m4img", "--root @roots");
    ceremony.run("sign @first.m4img --key @ci-next --replace");
    ceremony.verifies("first.m4img", "--root @roots");
    Path policy = ceremony.room().resolve("fleet.json");
    Files.writeString(
        policy, "{\"schema\": \"m4fw/verification-policy/1\", \"minimum_root_version\": 3}");
    ceremony.verifies("first.m4img", "--root @roots --policy @fleet.json");
    ceremony.refuses(
        PolicyError.OLD_ROOT, "first.m4img", "--root @roots/2.root.json --policy @fleet.json");
    Files.delete(ceremony.room().resolve("roots/2.root.json"));
    ceremony.refuses(TrustRootError.VERSION_NOT_NEXT, "first.m4img", "--root @roots");
    copy(ceremony, "second.root.json", "roots/2.root.json");
  }

  private static void revoke(Ceremony ceremony) {
    String list = "--root @roots --revocations @revoked.json";
    ceremony.run("revoke --out @revoked.json --key @officer --revoke-key @developer");
    ceremony.refuses(VerificationError.REVOKED_KEY, "licence.m4adapter", list);
    ceremony.verifies("first.m4img", list);
    String id = ceremony.verify("first.m4img", "--root @roots").string("image_id");
    ceremony.run("revoke @revoked.json --key @officer --digest " + id);
    ceremony.refuses(VerificationError.REVOKED_CONTENT, "first.m4img", list);
    ceremony.write(Kind.IMAGE, "second.m4img", "ci-next");
    ceremony.verifies("second.m4img", list);
    ceremony.run("revoke @revoked.json --key @officer --min-index m4=4");
    ceremony.refuses(VerificationError.REVOKED_INDEX, "second.m4img", list);
    ceremony.run("revoke --out @forged.json --key @ci-next --min-index m4=0");
    ceremony.refused(
        VerificationError.TOO_FEW_FOR_ROOT,
        "verify @second.m4img --root @roots --revocations @forged.json");
  }

  /** The whole life of somebody with one identity. */
  @Test
  void oneIdentityIsRotatedInOneCommand() {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @2026");
    ceremony.write(Kind.IMAGE, "phone.m4img", "2026");
    ceremony.run("keys rotate @2026 --out @2027 --roots @roots");
    ceremony.refuses(VerificationError.UNKNOWN_SIGNER, "phone.m4img", "--root @roots");
    ceremony.run("sign @phone.m4img --key @2027 --replace");
    ceremony.verifies("phone.m4img", "--root @roots");
    ceremony.run("keys rotate @2027 --out @2028 --roots @roots");
    ceremony.run("sign @phone.m4img --key @2028 --replace");
    ceremony.verifies("phone.m4img", "--root @roots");
    ceremony.refuses(VerificationError.UNKNOWN_SIGNER, "phone.m4img", "--root @roots/1.root.json");
    ceremony.refused(
        SigningError.CANNOT_SIGN_ROOT, "keys rotate @2026 --out @stolen --roots @roots");
    assertFalse(Files.exists(room.resolve("stolen")));
  }

  /** A developer changes keys twice; the vendor's root stays as it is. */
  @Test
  void aDevelopersLaterKeysAreTrustedThroughTheLineage() {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @vendor");
    for (String year : new String[] {"2026", "2027", "2028"}) {
      ceremony.run("keys new --role adapter-developer --out @" + year);
      ceremony.write(Kind.ADAPTER, year + ".m4adapter", year);
    }
    ceremony.run("root new --out @root.json --key release=@vendor --key adapter-developer=@2026");
    String root = "--root @root.json";
    ceremony.verifies("2026.m4adapter", root);
    ceremony.refuses(VerificationError.UNKNOWN_SIGNER, "2027.m4adapter", root);
    ceremony.run("keys lineage --key @2026 --next @2027 --out @lineage.json");
    String lineage = root + " --lineage @lineage.json";
    ceremony.verifies("2026.m4adapter", lineage);
    ceremony.verifies("2027.m4adapter", lineage);
    ceremony.refused(LineageError.UNSIGNED, "keys lineage @lineage.json --key @2026 --next @2028");
    ceremony.run("keys lineage @lineage.json --key @2027 --next @2028 --revoke-earlier");
    ceremony.verifies("2028.m4adapter", lineage);
    ceremony.refuses(LineageError.REVOKED_NODE, "2027.m4adapter", lineage);
    ceremony.refuses(LineageError.REVOKED_NODE, "2026.m4adapter", lineage);
    ceremony.write(Kind.IMAGE, "phone.m4img", "2028");
    ceremony.refuses(VerificationError.UNKNOWN_SIGNER, "phone.m4img", lineage);
  }

  /** The list travels in an image; the device goes by it from the next installation on. */
  @Test
  void aDeviceGoesByTheRevocationsThatAnImageBrought() {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @vendor");
    ceremony.write(Kind.IMAGE, "withdrawn.m4img", "vendor");
    String root = "--root @vendor/trust-root.json";
    String id = ceremony.verify("withdrawn.m4img", root).string("image_id");
    ceremony.run("revoke --out @revoked.json --key @vendor --digest " + id);
    ceremony.write("bringing.m4img", "vendor", "revocations", "revoked.json");
    String device = " --slots @device " + root;
    ceremony.run("image install @bringing.m4img" + device);
    ceremony.refused(VerificationError.REVOKED_CONTENT, "image install @withdrawn.m4img" + device);
  }

  /** Whoever can show the device old files, but not change its state, gets nothing in by them. */
  @Test
  void aDeviceRemembersTheRootAndTheListThatItHasSeen() throws IOException {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @2026");
    ceremony.write(Kind.IMAGE, "old.m4img", "2026");
    ceremony.run("keys rotate @2026 --out @2027 --roots @roots");
    ceremony.write(Kind.IMAGE, "new.m4img", "2027");
    String device = " --slots @device --root @roots";
    ceremony.run("image install @new.m4img" + device);
    ceremony.run("image boot" + device);
    ceremony.run("image mark-good" + device);
    ceremony.refused(
        RollbackError.OLD_ROOT,
        "image install @old.m4img --slots @device --root @roots/1.root.json");
    ceremony.refuses(
        RollbackError.OLD_ROOT,
        "old.m4img",
        "--root @roots/1.root.json --rollback-state @device/rollback.state");
    assertTrue(ceremony.run("image slots" + device).out().contains("trust root seen: version 2"));

    ceremony.run("revoke --out @revoked.json --key @2027 --digest sha256:" + "0".repeat(64));
    ceremony.write("bringing.m4img", "2027", "revocations", "revoked.json");
    ceremony.run("image install @bringing.m4img" + device);
    Files.delete(room.resolve("device/revocations.json"));
    ceremony.refused(RollbackError.OLD_REVOCATIONS, "image install @new.m4img" + device);
    ceremony.run("image boot" + device);
    ceremony.run("image install @new.m4img --revocations @revoked.json" + device);
  }

  /** Whoever stole the first key cannot lead the lineage on after it is revoked. */
  @Test
  void aRevokedKeyPassesNoTrustOn() {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @vendor");
    for (String year : new String[] {"2026", "2027"}) {
      ceremony.run("keys new --role adapter-developer --out @" + year);
    }
    ceremony.write(Kind.ADAPTER, "stolen.m4adapter", "2027");
    ceremony.run("root new --out @root.json --key release=@vendor --key adapter-developer=@2026");
    ceremony.run("keys lineage --key @2026 --next @2027 --out @lineage.json");
    String options = " --lineage @lineage.json --revocations @revoked.json";
    ceremony.run("revoke --out @revoked.json --key @vendor --digest sha256:" + "0".repeat(64));
    ceremony.verifies("stolen.m4adapter", "--root @root.json" + options);
    ceremony.run("revoke @revoked.json --key @vendor --revoke-key @2026");
    ceremony.refuses(
        VerificationError.REVOKED_KEY, "stolen.m4adapter", "--root @root.json" + options);
    ceremony.run("root new --out @both.json --key release=@vendor --key adapter-developer=@2027");
    ceremony.verifies("stolen.m4adapter", "--root @both.json" + options);
  }

  /** The list at hand is older than the one that the device has stored, or the other way round. */
  @Test
  void aDeviceGoesByTheLaterOfTwoLists() {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @vendor");
    String root = "--root @vendor/trust-root.json";
    ceremony.write(Kind.IMAGE, "withdrawn.m4img", "vendor");
    String id = ceremony.verify("withdrawn.m4img", root).string("image_id");
    ceremony.run("revoke --out @revoked.json --key @vendor --digest sha256:" + "0".repeat(64));
    ceremony.write("bringing.m4img", "vendor", "revocations", "revoked.json");
    String device = " --slots @device " + root;
    ceremony.run("image install @bringing.m4img" + device);
    ceremony.run("revoke @revoked.json --key @vendor --digest " + id);
    ceremony.refused(
        VerificationError.REVOKED_CONTENT,
        "image install @withdrawn.m4img --revocations @revoked.json" + device);
  }

  /** A thief of the officer's first key cannot take back what the second one revoked. */
  @Test
  void aRevokedKeyCannotSignTheNextListOfADevice() {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @vendor");
    ceremony.run("keys new --role security --out @first");
    ceremony.run("keys new --role security --out @second");
    ceremony.run(
        "root new --out @root.json --key release=@vendor --key security=@first"
            + " --key security=@second");
    String device = " --slots @device --root @root.json";
    ceremony.write(Kind.IMAGE, "withdrawn.m4img", "vendor");
    String id = ceremony.verify("withdrawn.m4img", "--root @root.json").string("image_id");
    ceremony.run("revoke --out @revoked.json --key @second --revoke-key @first --digest " + id);
    ceremony.write("bringing.m4img", "vendor", "revocations", "revoked.json");
    ceremony.run("image install @bringing.m4img" + device);
    ceremony.run("revoke --out @forged.json --key @first --min-index m4=0");
    for (int i = 0; i < 2; i++) {
      ceremony.run("revoke @forged.json --key @first --min-index m4=" + i);
    }
    ceremony.write("taking.m4img", "vendor", "revocations", "forged.json");
    ceremony.run("image install @taking.m4img" + device);
    ceremony.refused(VerificationError.REVOKED_CONTENT, "image install @withdrawn.m4img" + device);
  }

  /** Else a device whose vendor changed the officer's keys would never be updated again. */
  @Test
  void aListByKeysThatTheRootDroppedDoesNotStopUpdates() {
    Ceremony ceremony = new Ceremony(room);
    ceremony.run("keys new --out @vendor");
    ceremony.run("keys new --role security --out @first");
    ceremony.run("keys new --role security --out @second");
    ceremony.run("root new --out @1.json --key release=@vendor --key security=@first");
    ceremony.run("root new --out @2.json --key release=@vendor --key security=@second");
    ceremony.run("revoke --out @revoked.json --key @first --min-index m4=1");
    ceremony.write("bringing.m4img", "vendor", "revocations", "revoked.json");
    ceremony.write(Kind.IMAGE, "next.m4img", "vendor");
    ceremony.run("image install @bringing.m4img --slots @device --root @1.json");
    ceremony.run("image install @next.m4img --slots @device --root @2.json");
  }

  private static void copy(Ceremony ceremony, String from, String to) {
    try {
      Files.copy(
          ceremony.room().resolve(from),
          ceremony.room().resolve(to),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
