package org.m4fw.tests.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.image.Kind;
import org.m4fw.signing.trust.PolicyError;
import org.m4fw.tests.build.Tool;

/** Policies through the command line: what each field refuses, and what passes. */
class VerificationPolicyTest {
  @TempDir Path room;

  @BeforeEach
  void writeImage() {
    ceremony().run("keys new --out @vendor");
    ceremony().write(Kind.IMAGE, "phone.m4img", "vendor");
  }

  @Test
  void aPolicyWithoutDemandsLetsAReleasePass() throws IOException {
    policy("");
    ceremony().verifies("phone.m4img", options());
  }

  @Test
  void aPolicyWhoseDemandsAreMetLetsAReleasePass() throws IOException {
    policy(
        """
        , "products": ["pixel7pro", "other"], "kinds": ["image"], "targets": ["pixel7pro-cpu"],
        "minimum_rollback": {"m4": 3}, "minimum_root_version": 1,
        "required": [{"role": "release", "class": "classical", "threshold": 1}]\
        """);
    ceremony().verifies("phone.m4img", options());
  }

  @Test
  void anotherProductIsRefused() throws IOException {
    assertRefused(PolicyError.PRODUCT_NOT_ALLOWED, ", \"products\": [\"other\"]");
  }

  @Test
  void anotherKindIsRefused() throws IOException {
    assertRefused(PolicyError.KIND_NOT_ALLOWED, ", \"kinds\": [\"adapter\"]");
  }

  @Test
  void anImageWithoutATargetIsRefused() throws IOException {
    assertRefused(PolicyError.TARGET_MISSING, ", \"targets\": [\"jetson-orin\"]");
  }

  @Test
  void aLowerRollbackIndexIsRefused() throws IOException {
    assertRefused(PolicyError.INDEX_TOO_LOW, ", \"minimum_rollback\": {\"m4\": 4}");
  }

  @Test
  void anotherRollbackDomainIsRefused() throws IOException {
    assertRefused(PolicyError.DOMAIN_NOT_ALLOWED, ", \"minimum_rollback\": {\"other\": 0}");
  }

  @Test
  void fewerSignaturesThanDemandedAreRefused() throws IOException {
    assertRefused(
        PolicyError.TOO_FEW_FOR_POLICY,
        ", \"required\": [{\"role\": \"release\", \"class\": \"classical\", \"threshold\": 2}]");
  }

  @Test
  void aRoleThatNobodyHasIsRefused() throws IOException {
    assertRefused(
        PolicyError.TOO_FEW_FOR_POLICY,
        ", \"required\": [{\"role\": \"quality\", \"class\": \"classical\", \"threshold\": 1}]");
  }

  @Test
  void anOldRootIsRefused() throws IOException {
    assertRefused(PolicyError.OLD_ROOT, ", \"minimum_root_version\": 2");
  }

  @Test
  void missingRevocationsAreRefused() throws IOException {
    assertRefused(PolicyError.NO_REVOCATIONS, ", \"minimum_revocations_version\": 1");
  }

  @Test
  void oldRevocationsAreRefused() throws IOException {
    policy(", \"minimum_revocations_version\": 2");
    ceremony().run("revoke --out @revoked.json --key @vendor --min-index m4=0");
    String options = options() + " --revocations @revoked.json";
    ceremony().refuses(PolicyError.OLD_REVOCATIONS, "phone.m4img", options);
    ceremony().run("revoke @revoked.json --key @vendor --min-index m4=1");
    ceremony().verifies("phone.m4img", options);
  }

  @Test
  void anUnknownFieldIsRefused() throws IOException {
    policy(", \"product\": \"pixel7pro\"");
    ceremony().refused(JsonError.UNKNOWN_FIELD, "verify @phone.m4img " + options());
  }

  @Test
  void anotherSchemaIsRefused() throws IOException {
    Files.writeString(room.resolve("policy.json"), "{\"schema\": \"m4fw/verification-policy/2\"}");
    ceremony().refused(PolicyError.WRONG_SCHEMA, "verify @phone.m4img " + options());
  }

  @Test
  void optionsDoNotWeakenAPolicy() throws IOException {
    policy("");
    Tool.Outcome outcome =
        Tool.run(
            "verify",
            room.resolve("phone.m4img").toString(),
            "--policy",
            room.resolve("policy.json").toString(),
            "--allow-unknown-signatures");
    assertEquals(2, outcome.code());
  }

  @Test
  void everyCodeIsExplained() {
    for (PolicyError code : PolicyError.values()) {
      assertTrue(ceremony().run("verify --explain " + code.name()).out().contains(code.hint()));
    }
  }

  private void assertRefused(ErrorCode expected, String fields) throws IOException {
    policy(fields);
    ceremony().refuses(expected, "phone.m4img", options());
  }

  private void policy(String fields) throws IOException {
    Files.writeString(
        room.resolve("policy.json"), "{\"schema\": \"m4fw/verification-policy/1\"" + fields + "}");
  }

  private static String options() {
    return "--root @vendor/trust-root.json --policy @policy.json";
  }

  private Ceremony ceremony() {
    return new Ceremony(room);
  }
}
