package org.m4fw.targets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

final class TargetsTest {
  private static final String VALID =
      """
      {
        "id": "my-phone",
        "description": "A phone",
        "runtime": {
          "name": "a runtime", "format": "onnx", "opset": 21, "ir_version": 10,
          "arithmetic": "float16", "key_value_cache": "float32", "accuracy_level": 4,
          "source": "measured"
        },
        "operators": [{"name": "MatMul", "since": 13}],
        "encodings": [{"encoding": "int4-g64", "layout": "CANONICAL"}],
        "figures": {"memory": {"value": 1024, "source": "measured", "confidence": "high"}}
      }
      """;

  @TempDir Path directory;

  @Test
  void everyBuiltInTargetIsReadAndIsNamedLikeItsFile() {
    assertEquals(Targets.ids(), Targets.all().stream().map(Target::id).toList());
  }

  @Test
  void everyFigureAndRuntimeNamesItsSource() {
    for (Target target : Targets.all()) {
      assertFalse(target.runtime().source().isBlank(), target.id());
      target.figures().forEach((name, figure) -> assertFalse(figure.source().isBlank(), name::key));
    }
  }

  @Test
  void phoneHasTheFusedOperatorsAndJetsonHasNot() {
    for (String fused :
        List.of(
            "GroupQueryAttention",
            "SkipSimplifiedLayerNormalization",
            "MatMulNBits",
            "GatherBlockQuantized")) {
      assertTrue(Targets.find("pixel7pro-cpu").supports(Operator.MICROSOFT, fused), fused);
    }
    assertTrue(
        Targets.find("jetson-orin-nx").operators().stream()
            .allMatch(o -> o.domain().equals(Operator.ONNX)));
  }

  @Test
  void emptyDomainIsTheStandardOne() {
    assertTrue(Targets.find("host").supports("", "MatMul"));
    assertTrue(Targets.find("host").supports("ai.onnx", "MatMul"));
  }

  @Test
  void noOperatorIsNewerThanTheOperatorSetOfItsTarget() {
    for (Target target : Targets.all()) {
      for (Operator operator : target.operators()) {
        assertTrue(operator.since() <= target.runtime().opset(), operator::toString);
      }
    }
  }

  @Test
  void encodingThatIsTakenIsItsOwnClosest() {
    assertEquals(
        "int4-g32", Targets.find("pixel7pro-cpu").closestEncoding("int4-g32").get().encoding());
  }

  @Test
  void closestEncodingHasAsManyBitsAndTheClosestBlock() {
    Target jetson = Targets.find("jetson-orin-nx");
    assertTrue(jetson.encoding("int4-g32").isEmpty());
    assertEquals("int4-g64", jetson.closestEncoding("int4-g32").get().encoding());
    assertTrue(jetson.closestEncoding("f32").isEmpty());
  }

  @Test
  void unknownTargetNamesTheClosestAndAllKnown() {
    ProblemException e = assertThrows(ProblemException.class, () -> Targets.find("pixel7-cpu"));
    assertEquals(TargetError.UNKNOWN_TARGET, e.problem().code());
    assertTrue(e.problem().message().contains("closest is 'pixel7pro-cpu'"), e.getMessage());
    assertTrue(e.problem().message().contains("jetson-orin-nx"), e.getMessage());
  }

  @Test
  void targetFarFromAllKnownGetsNoSuggestion() {
    ProblemException e = assertThrows(ProblemException.class, () -> Targets.find("toaster"));
    assertTrue(e.problem().message().startsWith("no target 'toaster'; known"), e.getMessage());
  }

  @Test
  void targetFileOfOnesOwnIsFoundByItsPath() throws Exception {
    Target target = Targets.find(write(VALID));
    assertEquals("my-phone", target.id());
    assertEquals(FloatType.FLOAT16, target.runtime().arithmetic());
    assertEquals(FloatType.FLOAT32, target.runtime().keyValueCache());
    assertEquals(1024, target.figure(FigureName.MEMORY).get().value());
    assertTrue(target.figure(FigureName.INT8_PEAK).isEmpty());
  }

  @Test
  void limitsOfOperatorsAreRead() throws Exception {
    String limited =
        """
        {"domain": "tflite", "name": "PAD", "types": ["INT8"], "max_version": 2, "max_rank": 4, "constants": [1]}""";
    Target target =
        Targets.find(write(VALID.replace("{\"name\": \"MatMul\", \"since\": 13}", limited)));
    assertEquals(
        new Operator.Limits(List.of("INT8"), 2, 4, List.of(1)),
        target.operator(Operator.LITE, "PAD").get().limits());
  }

  @Test
  void operatorWithoutLimitsHasNone() throws Exception {
    assertEquals(
        Operator.Limits.none(), Targets.find(write(VALID)).operator("", "MatMul").get().limits());
  }

  /** As many as the paper counts, and as Coral's page has. */
  @Test
  void listsOfThePhonesTpuAreWhole() {
    assertEquals(63, Targets.find("pixel7pro-tpu").operators().size());
    assertEquals(40, Targets.find("pixel7pro-tpu-coral").operators().size());
  }

  @Test
  void targetsThatRunLiteNameAHostThatRunsOnnx() {
    for (Target target : Targets.all()) {
      if (target.runtime().format() == InferenceRuntime.GraphFormat.LITERT) {
        Target host = Targets.find(target.runtime().host().orElseThrow());
        assertEquals(InferenceRuntime.GraphFormat.ONNX, host.runtime().format());
      }
    }
  }

  @Test
  void versionBeyondAllIsRefused() throws Exception {
    refused("\"since\": 13", "\"max_version\": 0", JsonError.OUT_OF_RANGE);
  }

  @Test
  void missingFileIsRefused() {
    assertEquals(
        FileError.NOT_FOUND,
        assertThrows(ProblemException.class, () -> Targets.find("none.json")).problem().code());
  }

  @Test
  void unknownFieldIsRefused() throws Exception {
    refused("\"description\":", "\"colour\": \"red\", \"description\":", JsonError.UNKNOWN_FIELD);
  }

  @Test
  void badIdIsRefused() throws Exception {
    refused("my-phone", "My Phone", TargetError.BAD_ID);
  }

  @Test
  void unknownArithmeticIsRefused() throws Exception {
    refused("float16", "float8", TargetError.UNKNOWN_VALUE);
  }

  @Test
  void unknownLayoutIsRefused() throws Exception {
    refused("CANONICAL", "SHUFFLED", TargetError.UNKNOWN_VALUE);
  }

  @Test
  void unknownEncodingIsRefused() throws Exception {
    refused("int4-g64", "int3", TargetError.UNKNOWN_ENCODING);
  }

  @Test
  void unknownFigureIsRefused() throws Exception {
    refused("\"memory\":", "\"memories\":", JsonError.UNKNOWN_FIELD);
  }

  @Test
  void figureWithoutSourceIsRefused() throws Exception {
    refused(
        "\"value\": 1024, \"source\": \"measured\",", "\"value\": 1024,", JsonError.MISSING_FIELD);
  }

  @Test
  void operatorListedTwiceIsRefused() throws Exception {
    refused(
        "{\"name\": \"MatMul\", \"since\": 13}",
        "{\"name\": \"MatMul\"}, {\"name\": \"MatMul\"}",
        TargetError.DUPLICATE);
  }

  @Test
  void targetWithoutOperatorsIsRefused() throws Exception {
    refused("{\"name\": \"MatMul\", \"since\": 13}", "", TargetError.NO_OPERATORS);
  }

  private void refused(String part, String replacement, ErrorCode code) throws Exception {
    assertTrue(VALID.contains(part), part);
    String file = write(VALID.replace(part, replacement));
    ProblemException e = assertThrows(ProblemException.class, () -> Targets.find(file));
    assertEquals(code, e.problem().code(), e.getMessage());
    assertEquals(file, e.problem().file());
  }

  private String write(String json) throws Exception {
    return Files.writeString(directory.resolve("target.json"), json).toString();
  }
}
