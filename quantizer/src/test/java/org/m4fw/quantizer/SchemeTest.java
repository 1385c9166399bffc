package org.m4fw.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Encoding;

class SchemeTest {
  @ParameterizedTest
  @ValueSource(strings = {"f32", "f16", "int8", "int4-g32", "int4-g64", "int4-g128"})
  void everySchemeIsRead(String id) {
    assertEquals(id, Scheme.parse("--scheme", id).id());
  }

  @Test
  void int4IsShortForBlocksOf32() {
    assertEquals(new Encoding.Int4Blocks(32), Scheme.parse("--scheme", "int4").encoding());
  }

  @Test
  void languageModelsGetFourBitsAndAllOthersSixteen() {
    try (Checkpoint language = Checkpoint.open(Inputs.example());
        Checkpoint encoder = Checkpoint.open(Inputs.golden("clip-text-f32"))) {
      assertEquals("int4-g32", Scheme.defaultFor(ModelImporter.importModel(language)).id());
      assertEquals("f16", Scheme.defaultFor(ModelImporter.importModel(encoder)).id());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "INT4", "int4-g16", "int5", "bf16"})
  void unknownSchemesAreWrongUsage(String id) {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> Scheme.parse("--scheme", id));
    assertEquals(QuantizerError.UNKNOWN_SCHEME, problem.problem().code());
    assertEquals(Category.USAGE, problem.problem().code().category());
    assertTrue(problem.problem().text().contains("int4-g128"));
  }
}
