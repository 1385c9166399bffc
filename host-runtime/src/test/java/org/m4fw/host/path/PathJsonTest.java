package org.m4fw.host.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

final class PathJsonTest {
  private static final String ASK =
      """
      {"name": "ask", "kind": 1,
       "components": [{"name": "eyes", "does": "embed-image"},
                      {"name": "ears", "does": "transcribe"},
                      {"name": "bridge", "does": "project"},
                      {"name": "brain", "does": "continue"},
                      {"name": "mouth", "does": "speak"}],
       "prompt": "<{image}> {speech} {text}", "slots": {"text": "What?"},
       "stop": ["##"], "max_tokens": 9, "adapter": "org.example.a"}
      """;
  private static final String MATCH =
      """
      {"name": "match", "kind": 3,
       "components": [{"name": "eyes", "does": "embed-image"},
                      {"name": "words", "does": "embed-label"}],
       "labels": ["cat", "dog"], "label_prompt": "a {label}"}
      """;
  private static final String SAY =
      """
      {"name": "say", "kind": 4, "components": [{"name": "mouth", "does": "speak"}]}
      """;

  private static ExecutionPath read(String json) {
    return PathJson.read(
        Fields.of("recipe", StrictJson.parse("recipe", json.getBytes(StandardCharsets.UTF_8))));
  }

  private static void refused(ErrorCode code, String item, String json, String from, String to) {
    String changed = json.replace(from, to);
    assertTrue(!changed.equals(json), from);
    var problem = assertThrows(ProblemException.class, () -> read(changed)).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals(item, problem.item());
  }

  @Test
  void everyFieldIsRead() {
    ExecutionPath path = read(ASK);
    assertEquals(PathKind.THROUGH_ALL, path.kind());
    assertEquals(List.of("eyes", "ears", "bridge", "brain", "mouth"), path.components());
    assertEquals("<{image}> {speech} {text}", path.prompt().text());
    assertEquals("What?", path.slots().get("text"));
    assertEquals(List.of("##"), path.stop());
    assertEquals(9, path.maxTokens());
    assertEquals("org.example.a", path.adapter().orElseThrow());
    assertTrue(path.injectsVectors());
  }

  @Test
  void leftOutFieldsHaveDefaults() {
    ExecutionPath path = read(SAY);
    assertEquals("{text}", path.prompt().text());
    assertEquals(128, path.maxTokens());
    assertEquals(20, path.denoisingSteps());
  }

  @Test
  void whatIsWrittenReadsBackAsTheSamePath() {
    for (String json : List.of(ASK, MATCH, SAY)) {
      ExecutionPath path = read(json);
      assertEquals(path, PathJson.read(Fields.of("manifest", PathJson.node(path))));
    }
  }

  @Test
  void unknownKindIsRefused() {
    refused(PathError.UNKNOWN_KIND, "kind", SAY, "4", "5");
  }

  @Test
  void unknownActionIsRefused() {
    refused(PathError.UNKNOWN_ACTION, "components[0].does", SAY, "\"speak\"", "\"sing\"");
  }

  @Test
  void unknownFieldIsRefused() {
    refused(JsonError.UNKNOWN_FIELD, "loud", SAY, "\"kind\"", "\"loud\": true, \"kind\"");
  }

  @Test
  void wayOfAnotherKindIsRefused() {
    refused(PathError.KIND_DEMANDS, "components", SAY, "4", "2");
    refused(PathError.KIND_DEMANDS, "components", ASK, "\"kind\": 1", "\"kind\": 2");
    refused(PathError.KIND_DEMANDS, "components", SAY, "\"speak\"", "\"transcribe\"");
  }

  @Test
  void embeddingWithoutProjectionIsRefused() {
    refused(
        PathError.KIND_DEMANDS,
        "components",
        ASK,
        "{\"name\": \"bridge\", \"does\": \"project\"},",
        "");
  }

  @Test
  void thingDoneTwiceIsRefused() {
    refused(
        PathError.KIND_DEMANDS,
        "components",
        ASK,
        "{\"name\": \"ears\", \"does\": \"transcribe\"}",
        "{\"name\": \"eyes\", \"does\": \"embed-image\"}");
  }

  @Test
  void promptWithoutTheSlotOfAnEmbeddingIsRefused() {
    refused(PathError.SLOT_MISSING, "prompt", ASK, "<{image}>", "");
  }

  @Test
  void slotThatNoComponentFillsIsRefused() {
    refused(PathError.SLOT_NOT_FILLED_BY, "prompt", ASK, "<{image}>", "<{image}{imu}>");
  }

  @Test
  void labelPromptWithoutTheLabelIsRefused() {
    refused(PathError.SLOT_MISSING, "label_prompt", MATCH, "a {label}", "a thing");
  }

  @Test
  void labelPromptWithVectorsIsRefused() {
    refused(PathError.VECTOR_SLOT, "label_prompt", MATCH, "a {label}", "{label}{image}");
  }

  @Test
  void fieldOfAnotherKindIsRefused() {
    refused(PathError.NOT_OF_THIS_KIND, "labels", SAY, "\"kind\"", "\"labels\": [], \"kind\"");
    refused(PathError.NOT_OF_THIS_KIND, "prompt", MATCH, "\"kind\"", "\"prompt\": \"\", \"kind\"");
    refused(PathError.NOT_OF_THIS_KIND, "steps", SAY, "\"kind\"", "\"steps\": 5, \"kind\"");
    refused(PathError.NOT_OF_THIS_KIND, "adapter", SAY, "\"kind\"", "\"adapter\": \"a\", \"kind\"");
  }

  @Test
  void emptyOrRepeatedTextsAreRefused() {
    refused(JsonError.WRONG_TYPE, "labels", MATCH, "\"dog\"", "\"cat\"");
    refused(JsonError.WRONG_TYPE, "stop", ASK, "\"##\"", "\"\"");
  }

  @Test
  void limitBeyondTheBoundsIsRefused() {
    refused(JsonError.OUT_OF_RANGE, "max_tokens", ASK, "\"max_tokens\": 9", "\"max_tokens\": 0");
  }
}
