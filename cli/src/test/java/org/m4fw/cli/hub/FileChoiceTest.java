package org.m4fw.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.quantizer.Glob;

/** On lists of files as repositories of each kind have them. */
final class FileChoiceTest {

  @Test
  void safetensorsGoBeforeOtherFormats() {
    assertEquals(
        "LICENSE README.md config.json model.safetensors tokenizer.json",
        chosen(
            "",
            ".gitattributes README.md LICENSE config.json model.safetensors pytorch_model.bin"
                + " pytorch_model.bin.index.json flax_model.msgpack tf_model.h5 tokenizer.json"
                + " training_args.bin run.py picture.png"));
  }

  @Test
  void allShardsComeWithTheirIndexAlone() {
    assertEquals(
        "config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors"
            + " model.safetensors.index.json tokenizer.model",
        chosen(
            "",
            "config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors"
                + " model.safetensors.index.json consolidated.safetensors tokenizer.model"
                + " pytorch_model-00001-of-00001.bin pytorch_model.bin.index.json"
                + " original/consolidated.00.pth original/params.json"));
  }

  @Test
  void picklesAreTakenWhereThereIsNothingElse() {
    assertEquals(
        "config.json pytorch_model.bin", chosen("", "config.json pytorch_model.bin optimizer.pt"));
    assertEquals("imagebind_huge.pth", chosen("", "imagebind_huge.pth"));
  }

  @Test
  void everyPartOfAPipelineIsTakenOnce() {
    String files =
        "model_index.json README.md v1-5-pruned.safetensors v1-5-pruned.ckpt unet/config.json"
            + " unet/diffusion_pytorch_model.safetensors unet/diffusion_pytorch_model.bin"
            + " unet/diffusion_pytorch_model.fp16.safetensors vae/config.json"
            + " vae/diffusion_pytorch_model.bin text_encoder/config.json"
            + " text_encoder/model.safetensors safety_checker/model.safetensors"
            + " tokenizer/merges.txt";
    assertEquals(
        "README.md model_index.json text_encoder/config.json text_encoder/model.safetensors"
            + " tokenizer/merges.txt unet/config.json unet/diffusion_pytorch_model.safetensors"
            + " vae/config.json vae/diffusion_pytorch_model.bin",
        chosen("", files));
    assertEquals(
        "README.md model_index.json vae/config.json vae/diffusion_pytorch_model.bin",
        chosen("component vae", files));
  }

  @Test
  void componentThatIsNotThereIsRefused() {
    ProblemException problem =
        assertThrows(
            ProblemException.class,
            () -> chosen("component unet", "config.json model.safetensors vae/config.json"));
    assertEquals(HubError.NO_COMPONENT, problem.problem().code());
    assertTrue(problem.problem().text().contains("there are: vae"));
  }

  @Test
  void adaptersAreTaken() {
    assertEquals(
        "adapter_config.json adapter_model.safetensors",
        chosen("", "adapter_config.json adapter_model.safetensors adapter_model.bin"));
  }

  @Test
  void oneOfSeveralHasToBeNamed() {
    String files = "README.md model.Q4_0.gguf model.Q8_0.gguf";
    ProblemException problem = assertThrows(ProblemException.class, () -> chosen("", files));
    assertEquals(HubError.SEVERAL_WEIGHTS, problem.problem().code());
    assertEquals("model.Q4_0.gguf", chosen("include *Q4_0.gguf", files));
    assertEquals("README.md model.Q8_0.gguf", chosen("exclude *Q4_0*", files));
  }

  @Test
  void nothingToChooseIsAnError() {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> chosen("include *.bin", "config.json"));
    assertEquals(HubError.NOTHING_CHOSEN, problem.problem().code());
  }

  private static String chosen(String rule, String files) {
    SortedMap<String, HubFile> listed = new TreeMap<>();
    for (String path : files.split(" ", -1)) {
      listed.put(path, new HubFile(path, 1, new ContentDigest.Sha256("0".repeat(64))));
    }
    HubListing listing = new HubListing(FaultyHub.COMMIT, Optional.empty(), listed, Set.of());
    return String.join(" ", choice(rule).of("owner/name", listing).keySet());
  }

  private static FileChoice choice(String rule) {
    List<String> words = Arrays.asList(rule.split(" ", -1));
    List<String> rest = words.subList(1, words.size());
    List<Glob> globs = rest.stream().map(Glob::new).toList();
    return switch (words.getFirst()) {
      case "include" -> new FileChoice(globs, List.of(), List.of());
      case "exclude" -> new FileChoice(List.of(), globs, List.of());
      case "component" -> new FileChoice(List.of(), List.of(), rest);
      default -> new FileChoice(List.of(), List.of(), List.of());
    };
  }
}
