package org.m4fw.adapter;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;

final class AdaptedModelTest {
  private static final Path GOLDENS =
      Path.of(System.getProperty("m4fw.root"), "tests", "fixtures", "goldens");
  private static final String QUERY = "model.layers.0.self_attn.q_proj";

  private final Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"));
  private final Model model = ModelImporter.importModel(checkpoint);

  @AfterEach
  void close() {
    checkpoint.close();
  }

  private static OpenAdapter open(String golden) {
    return Adapters.open(GOLDENS.resolve(golden), OptionalDouble.empty());
  }

  private static Problem refused(ErrorCode code, Runnable action) {
    Problem problem = assertThrows(ProblemException.class, action::run).problem();
    assertEquals(code, problem.code(), problem.text());
    return problem;
  }

  private List<AttachmentPoint> points() {
    return model.part(Model.DECODER).attachmentPoints();
  }

  /** The model with another source of one weight. */
  private Model with(String name, Weight.Source source) {
    Graph graph = model.part(Model.DECODER);
    SortedMap<String, Weight> weights = new TreeMap<>(graph.weights());
    Weight old = requireNonNull(weights.get(name));
    weights.put(name, new Weight(name, old.role(), old.shape(), source));
    return Model.of(
        Model.DECODER,
        new Graph(
            graph.architecture(),
            graph.inputs(),
            graph.outputs(),
            graph.nodes(),
            weights,
            graph.literals(),
            graph.decoder(),
            graph.specialTokens(),
            graph.attachmentPoints()));
  }

  @Test
  void plainLoraLeavesTheGraphAsItIs() {
    try (OpenAdapter adapter = open("peft-lora")) {
      assertEquals(model, AdaptedModel.of("llama", adapter, model).model());
    }
  }

  @Test
  void prefixLeavesTheModelAsItIs() {
    try (OpenAdapter adapter = open("peft-prefix-tuning")) {
      assertSame(model, AdaptedModel.of("llama", adapter, model).model());
    }
  }

  @Test
  void scaledRowsOverGraphsThatAreCompiledAlreadyAreRejected() {
    try (OpenAdapter adapter = open("peft-dora")) {
      Problem problem =
          refused(AdapterError.NEEDS_CHECKPOINT, () -> adapter.over(points(), Optional.empty()));
      assertTrue(problem.message().contains("DoRA"), problem.message());
      refused(AdapterError.NEEDS_CHECKPOINT, adapter::matrices);
    }
  }

  @Test
  void replacedWeightsOverGraphsThatAreCompiledAlreadyAreRejected() {
    try (OpenAdapter adapter = open("peft-modules-to-save")) {
      Problem problem =
          refused(AdapterError.NEEDS_CHECKPOINT, () -> adapter.over(points(), Optional.empty()));
      assertEquals("lm_head.weight", problem.item());
    }
  }

  @Test
  void scaledRowsOverAQuantizedWeightAreRejected() {
    Tensor data = checkpoint.tensor(QUERY + ".weight");
    Model quantized =
        with(
            QUERY + ".weight",
            new Weight.Source.Quantized(new Encoding.Int8PerChannel(), data, data));
    try (OpenAdapter adapter = open("peft-dora")) {
      Problem problem =
          refused(LoraError.QUANTIZED_BASE, () -> AdaptedModel.of("llama", adapter, quantized));
      assertEquals(QUERY + ".weight", problem.item());
    }
  }

  @Test
  void scaledRowThatIsAllZeroIsRejected() {
    Tensor stored = checkpoint.tensor(QUERY + ".weight");
    byte[] zeros = new byte[Math.toIntExact(stored.byteSize())];
    Tensor cancelled =
        new Tensor(
            stored.name(),
            stored.dtype(),
            stored.shape(),
            stored.extent(),
            MemorySegment.ofArray(zeros));
    Model zero = with(QUERY + ".weight", new Weight.Source.Stored(cancelled));
    try (OpenAdapter adapter = open("peft-dora");
        OpenAdapter untrained = zeroUps(adapter)) {
      refused(LoraError.ZERO_ROW, () -> AdaptedModel.of("llama", untrained, zero));
    }
  }

  /** The same adapter with matrices B that are all zero. */
  private static OpenAdapter zeroUps(OpenAdapter adapter) {
    var lora = adapter.lora();
    var pairs =
        lora.pairs().stream()
            .map(
                pair ->
                    new LoraPair(
                        pair.point(),
                        pair.rank(),
                        pair.alpha(),
                        pair.down(),
                        new Tensor(
                            pair.up().name(),
                            pair.up().dtype(),
                            pair.up().shape(),
                            pair.up().extent(),
                            MemorySegment.ofArray(new byte[Math.toIntExact(pair.up().byteSize())])),
                        pair.magnitude()))
            .toList();
    Checkpoint none = Checkpoint.open(GOLDENS.resolve("peft-dora"));
    return OpenAdapter.of(
        "zero",
        new AdapterMethod.Lora(new LoraAdapter(lora.scaling(), pairs, List.of())),
        none::close);
  }

  @Test
  void alphaForVirtualTokensIsRejected() {
    refused(
        AdapterError.ALPHA_NOT_USED,
        () -> Adapters.open(GOLDENS.resolve("peft-prompt-tuning"), OptionalDouble.of(2)).close());
  }
}
