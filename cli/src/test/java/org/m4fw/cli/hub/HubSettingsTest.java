package org.m4fw.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ProblemException;

final class HubSettingsTest {

  @Test
  void theEnvironmentNamesTheHub() {
    assertEquals(
        URI.create("https://hub.example/base"),
        HubSettings.of(Optional.empty(), Map.of("HF_ENDPOINT", "https://hub.example/base/"))
            .endpoint());
    assertEquals("https", HubSettings.of(Optional.empty(), Map.of()).endpoint().getScheme());
  }

  @Test
  void otherAddressesAreRefused() {
    for (String text :
        List.of("ftp://h", "hub.example", "https://user:secret@h", "https://h?x", "https://h h")) {
      ProblemException problem =
          assertThrows(
              ProblemException.class, () -> HubSettings.of(Optional.of(text), Map.of()), text);
      assertEquals(HubError.BAD_ENDPOINT, problem.problem().code());
      assertFalse(problem.problem().text().contains("secret"));
    }
  }

  @Test
  void aTokenWithALineBreakIsRefusedWithoutBeingShown() {
    ProblemException problem =
        assertThrows(
            ProblemException.class,
            () -> HubSettings.of(Optional.empty(), Map.of("HF_TOKEN", "hf_a\r\nX: y")));
    assertEquals(HubError.BAD_TOKEN, problem.problem().code());
    assertFalse(problem.problem().text().contains("hf_a"));
  }

  @Test
  void theTokenIsForTheHubAlone() {
    HubSettings settings =
        HubSettings.of(Optional.of("https://hub.example"), Map.of("HF_TOKEN", "hf_a"));
    assertEquals(Optional.of("hf_a"), settings.tokenFor(URI.create("https://hub.example:443/x")));
    for (String other :
        List.of(
            "https://hub.example:444/x",
            "http://hub.example/x",
            "https://hub.example.evil/x",
            "https://cdn.hub.example/x")) {
      assertEquals(Optional.empty(), settings.tokenFor(URI.create(other)), other);
    }
  }

  @Test
  void theTokenIsNotSentInTheClear() {
    HubSettings settings =
        HubSettings.of(Optional.of("http://hub.example"), Map.of("HF_TOKEN", "hf_a"));
    assertEquals(Optional.empty(), settings.tokenFor(URI.create("http://hub.example/x")));
  }

  @Test
  void namesOfRepositoriesAreChecked() {
    assertEquals(Optional.of("v1.0"), RepositoryName.parse("owner/name@v1.0").revision());
    assertEquals("owner/name.x", RepositoryName.parse("owner/name.x").id());
    for (String text :
        List.of("name", "a/b/c", "../x", "a/..", "a/b@", "a/b@../x", "a /b", "-a/b", "a/b?x")) {
      ProblemException problem =
          assertThrows(ProblemException.class, () -> RepositoryName.parse(text), text);
      assertEquals(HubError.BAD_NAME, problem.problem().code());
    }
  }
}
