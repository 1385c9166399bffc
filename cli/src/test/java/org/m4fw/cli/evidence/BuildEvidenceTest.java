package org.m4fw.cli.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.StrictJson;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.LockFile;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.RecipeReader;
import org.m4fw.image.SectionEvidence.Described;
import org.m4fw.image.SectionSpec;
import tools.jackson.databind.JsonNode;

/** What a build says about itself, in the words of others. */
final class BuildEvidenceTest {
  private static final Path ROOT = Path.of(System.getProperty("m4fw.root"));
  private static final Path SCHEMAS = ROOT.resolve("tests/fixtures/cyclonedx");
  private static final Path RECIPE = ROOT.resolve("examples/kjv/recipe.json");
  private static final Digest DIGEST = Digest.of(new byte[] {1});
  private static final List<Described> SECTIONS =
      List.of(
          new Described(
              new SectionSpec("w", "weights", "backbone", List.of(), "a/b", "w.bin"), 9, DIGEST));

  @Test
  void theBillIsValidCycloneDx() throws IOException {
    Schema schema = cycloneDx();
    assertEquals(
        List.of(), schema.validate(text(bill(OptionalLong.of(1_700_000_000))), InputFormat.JSON));
    assertEquals(List.of(), schema.validate(text(bill(OptionalLong.empty())), InputFormat.JSON));
  }

  @Test
  void theSchemaRefusesABillWithAnUnknownField() throws IOException {
    String wrong = text(bill(OptionalLong.empty())).replace("\"components\"", "\"compartments\"");
    assertFalse(cycloneDx().validate(wrong, InputFormat.JSON).isEmpty());
  }

  @Test
  void theBillNamesLicencesAndTheDigestsOfTheLock() {
    JsonNode bill = StrictJson.parse("bill", bill(OptionalLong.empty()));
    JsonNode model = bill.get("components").get(0);
    Lock.Input locked =
        Optional.ofNullable(lock().inputs().get("component backbone")).orElseThrow();
    assertEquals(
        locked.origin().licence(),
        model.get("licenses").get(0).get("license").get("id").stringValue());
    for (JsonNode file : model.get("components")) {
      assertEquals(
          Optional.ofNullable(locked.files().get(file.get("name").stringValue()))
              .map(known -> known.digest().hex()),
          Optional.of(file.get("hashes").get(0).get("content").stringValue()));
    }
    assertEquals(locked.files().size(), model.get("components").size());
  }

  @Test
  void anUnknownLicenceIsNamedAndNotIdentified() {
    assertEquals(Map.of("license", Map.of("name", "openrail++")), LicenceName.node("openrail++"));
    assertEquals(Map.of("license", Map.of("id", "Apache-2.0")), LicenceName.node("apache-2.0"));
  }

  @Test
  void theProvenanceIsAStatementAboutTheSections() {
    JsonNode statement =
        StrictJson.parse("slsa", new BuildProvenance(facts(OptionalLong.empty())).bytes(SECTIONS));
    assertEquals("https://in-toto.io/Statement/v1", statement.get("_type").stringValue());
    assertEquals("https://slsa.dev/provenance/v1", statement.get("predicateType").stringValue());
    JsonNode subject = statement.get("subject").get(0);
    assertEquals("sec/w/w.bin", subject.get("name").stringValue());
    assertEquals(
        DIGEST.hex(), subject.get("digest").get(BuildProvenance.DIGEST_NAME).stringValue());
    String dependencies =
        statement.get("predicate").get("buildDefinition").get("resolvedDependencies").toString();
    assertTrue(dependencies.contains("component backbone: model.safetensors"));
    assertFalse(dependencies.contains("tokens of"), "measuring does not decide about the image");
  }

  @Test
  void whatDependsOnDigestsDoesSoOnlyInTheirDigits() {
    Described zero = new Described(SECTIONS.getFirst().spec(), 9, new Digest("0".repeat(64)));
    BuildFacts facts = facts(OptionalLong.empty());
    assertEquals(
        new BillOfMaterials(facts).bytes(SECTIONS).length,
        new BillOfMaterials(facts).bytes(List.of(zero)).length);
    assertEquals(
        new BuildProvenance(facts).bytes(SECTIONS).length,
        new BuildProvenance(facts).bytes(List.of(zero)).length);
  }

  @Test
  void evidenceIsCanonical() {
    for (byte[] bytes :
        List.of(
            bill(OptionalLong.of(5)),
            new BuildProvenance(facts(OptionalLong.of(5))).bytes(SECTIONS),
            EvaluationStatement.bytes(
                "x.m4img",
                DIGEST,
                List.of(new EvaluationStatement.Result("backbone", "nll", 2.5))))) {
      assertArrayEquals(bytes, CanonicalJson.bytes(StrictJson.parse("evidence", bytes)));
    }
  }

  private static byte[] bill(OptionalLong created) {
    return new BillOfMaterials(facts(created)).bytes(SECTIONS);
  }

  private static BuildFacts facts(OptionalLong created) {
    Recipe recipe = RecipeReader.read(RECIPE);
    return new BuildFacts(
        recipe,
        lock(),
        List.of(new BuildFacts.ModelFact("backbone", "component backbone", "llama", 2755008)),
        "0.1.0",
        created);
  }

  private static Lock lock() {
    return LockFile.read(LockFile.beside(RECIPE)).orElseThrow();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Schema cycloneDx() throws IOException {
    Map<String, String> schemas = new TreeMap<>();
    for (String name : List.of("bom-1.7", "cryptography-defs", "jsf-0.82", "spdx")) {
      schemas.put(
          "http://cyclonedx.org/schema/%s.schema.json".formatted(name),
          Files.readString(SCHEMAS.resolve(name + ".schema.json")));
    }
    return SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_7, builder -> builder.schemas(schemas))
        .getSchema(SchemaLocation.of("http://cyclonedx.org/schema/bom-1.7.schema.json"));
  }
}
