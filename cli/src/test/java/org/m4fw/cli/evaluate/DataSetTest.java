package org.m4fw.cli.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

final class DataSetTest {
  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("data.jsonl"), text);
  }

  private void assertRefused(ErrorCode code, String text) throws IOException {
    Path file = file(text);
    ProblemException e = assertThrows(ProblemException.class, () -> DataSet.read(file));
    assertEquals(code, e.problem().code(), e::getMessage);
  }

  @Test
  void questionsAreReadInOrderAndFilesAreBesideTheDataSet() throws IOException {
    DataSet set =
        DataSet.read(
            file(
                """
                {"text": "a", "slots": {"source": "en"}, "references": ["x", "y"]}

                {"imu": "windows/7.csv", "labels": ["up", "down"], "references": ["up"]}"""));
    assertEquals(2, set.items().size());
    assertEquals(Map.of("text", "a", "source", "en"), set.items().getFirst().texts());
    assertEquals(List.of("x", "y"), set.items().getFirst().references());
    DataSet.Item last = set.items().getLast();
    assertEquals(Optional.of(directory.resolve("windows/7.csv")), last.imu());
    assertEquals(List.of("up", "down"), last.labels());
    assertEquals(set.file() + ":3", last.where());
  }

  @Test
  void questionWithoutReferencesIsRefused() throws IOException {
    assertRefused(EvaluationError.NO_REFERENCES, "{\"text\": \"a\"}\n");
  }

  @Test
  void dataSetWithoutQuestionsIsRefused() throws IOException {
    assertRefused(EvaluationError.NO_ITEMS, "\n \r\n");
  }

  @Test
  void unknownFieldIsRefused() throws IOException {
    assertRefused(JsonError.UNKNOWN_FIELD, "{\"txt\": \"a\", \"references\": [\"b\"]}\n");
  }

  @Test
  void lineThatIsNoObjectIsRefused() throws IOException {
    assertRefused(JsonError.SYNTAX, "{\"text\": \"a\"\n");
  }

  @Test
  void lineThatIsTooLongIsRefused() throws IOException {
    assertRefused(EvaluationError.LINE_TOO_LONG, " ".repeat((1 << 20) + 1));
  }
}
