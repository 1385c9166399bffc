package org.m4fw.cli.estimate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/**
 * What the paper's tables say, and which checkpoints and runs are compared with it. Decimals keep
 * the digits that the paper prints.
 *
 * @param promptTokens the length for which its count of the backbone's operations holds
 * @param scaling section 4.5 and Figure 11
 * @param average section 4.5 and Figures 12 and 13
 * @param operators section 4.6 and Figure 14
 */
record PaperFigures(
    String source,
    List<Module> modules,
    int promptTokens,
    List<Stage> stages,
    Scaling scaling,
    Average average,
    Operators operators) {
  private static final String RESOURCE = "paper.json";

  PaperFigures {
    modules = List.copyOf(modules);
    stages = List.copyOf(stages);
  }

  /**
   * A row of Table 1.
   *
   * @param checkpoint the directory of the layout that is compared
   * @param parts those of the checkpoint; empty for all
   * @param parameters in thousand millions
   * @param gmacs in thousand millions
   * @param scheme in which precision times are estimated: that of the paper's
   */
  record Module(
      String name,
      String checkpoint,
      List<String> parts,
      String parameters,
      String gmacs,
      String scheme,
      Optional<String> note) {}

  /**
   * A row of Table 5.
   *
   * @param tokens how many a decoder reads; 0 for other graphs
   * @param past how many it has read
   * @param cpu in seconds
   * @param npu in seconds, projected by the paper
   * @param calibrates whether a sustained rate of the target file comes from this row
   */
  record Stage(
      String name,
      String module,
      List<String> parts,
      int tokens,
      int past,
      String cpu,
      String npu,
      boolean calibrates) {}

  /**
   * Against task-specific models; in GB.
   *
   * @param growth of memory from no adapter to all, in percent
   */
  record Scaling(
      int tasks,
      String specificStorage,
      String specificMemory,
      String storage,
      String memory,
      String growth,
      int breakEven,
      int adapterRank,
      List<String> adapterLayers) {}

  /** Over the 50 tasks; in seconds and joules. */
  record Average(
      String cpu,
      String npu,
      String npuEnergy,
      String specificCpu,
      String specificEnergy,
      int answerTokens) {}

  /** Numbers of types of ONNX operators. */
  record Operators(int types, int specificTypes, int npuPercent, int specificNpuPercent) {}

  static PaperFigures load() {
    try (InputStream in =
        Objects.requireNonNull(PaperFigures.class.getResourceAsStream(RESOURCE))) {
      return of(Fields.of(RESOURCE, StrictJson.parse(RESOURCE, in.readAllBytes())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PaperFigures of(Fields file) {
    Fields scaling = file.object("scaling");
    Fields average = file.object("average");
    Fields operators = file.object("operators");
    return new PaperFigures(
        file.string("source"),
        file.objects("modules").stream().map(PaperFigures::module).toList(),
        number(file, "prompt_tokens"),
        file.objects("stages").stream().map(PaperFigures::stage).toList(),
        new Scaling(
            number(scaling, "tasks"),
            scaling.string("specific_storage"),
            scaling.string("specific_memory"),
            scaling.string("storage"),
            scaling.string("memory"),
            scaling.string("growth"),
            number(scaling, "break_even"),
            number(scaling, "adapter_rank"),
            scaling.strings("adapter_layers")),
        new Average(
            average.string("cpu"),
            average.string("npu"),
            average.string("npu_energy"),
            average.string("specific_cpu"),
            average.string("specific_energy"),
            number(average, "answer_tokens")),
        new Operators(
            number(operators, "types"),
            number(operators, "specific_types"),
            number(operators, "npu_percent"),
            number(operators, "specific_npu_percent")));
  }

  private static Module module(Fields row) {
    return new Module(
        row.string("name"),
        row.string("checkpoint"),
        row.strings("parts"),
        row.string("parameters"),
        row.string("gmacs"),
        row.string("scheme"),
        row.optionalString("note"));
  }

  private static Stage stage(Fields row) {
    return new Stage(
        row.string("name"),
        row.string("module"),
        row.strings("parts"),
        number(row, "tokens"),
        number(row, "past"),
        row.string("cpu"),
        row.string("npu"),
        row.bool("calibrates", false));
  }

  private static int number(Fields object, String name) {
    return (int) object.integer(name, 0, 1 << 20);
  }

  Module module(String name) {
    return modules.stream().filter(module -> module.name().equals(name)).findFirst().orElseThrow();
  }
}
