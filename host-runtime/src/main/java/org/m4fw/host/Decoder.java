package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GraphFacts;

/**
 * A compiled decoder, loaded. Sequences are fed to it through {@link #start}. For one thread at a
 * time.
 */
public final class Decoder implements AutoCloseable {
  private final String name;
  private final GraphFacts facts;
  private final DecoderGeometry geometry;
  private final OnnxSession session;
  private final boolean sharedCache;
  private final boolean positions;
  private final Arena arena;
  private final Map<String, OnnxTensor> adapterInputs = new TreeMap<>();

  private Decoder(String name, CompiledModel model, OnnxSession session, Arena arena) {
    this.name = name;
    this.facts = model.facts();
    this.geometry = model.facts().decoder().orElseThrow();
    this.session = session;
    this.arena = arena;
    this.sharedCache = model.operatorCounts().containsKey("com.microsoft.GroupQueryAttention");
    this.positions = session.session().getInputNames().contains("position_ids");
  }

  /**
   * Loads a graph.
   *
   * @param name for messages: where the graph is from
   * @throws org.m4fw.base.problem.ProblemException with a {@link HostError}
   */
  @SuppressWarnings("MustBeClosed") // the arena lives as long as the decoder
  public static Decoder open(String name, CompiledModel model, Optional<RuntimeAdapter> adapter) {
    GraphFacts facts = model.facts();
    if (facts.decoder().isEmpty()) {
      throw HostError.NOT_A_DECODER.at(name, "", facts.architecture());
    }
    if (adapter.isPresent()) {
      checkAdapter(facts, adapter.get());
    }
    Optional<byte[]> optional =
        facts.adapterInputs() == AdapterInputs.OPTIONAL
            ? adapter.map(a -> a.onnxAdapter(facts.arithmetic()))
            : Optional.empty();
    Arena arena = Arena.ofShared();
    try {
      OnnxSession session = OnnxSession.open(name, model, optional);
      Decoder decoder = new Decoder(name, model, session, arena);
      if (facts.adapterInputs() == AdapterInputs.REQUIRED) {
        decoder.fillAdapterInputs(adapter);
      }
      return decoder;
    } catch (OrtException e) {
      arena.close();
      throw OnnxSession.refused(name, e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static void checkAdapter(GraphFacts facts, RuntimeAdapter adapter) {
    if (facts.adapterInputs() == AdapterInputs.NONE) {
      throw HostError.NO_ADAPTER_INPUTS.at(adapter.name(), "");
    }
    Set<String> known = new HashSet<>();
    facts
        .attachmentPoints()
        .forEach(
            point -> {
              known.add(point.inputA());
              known.add(point.inputB());
            });
    for (String input : adapter.matrices().keySet()) {
      if (!known.contains(input)) {
        throw HostError.ADAPTER_UNKNOWN_INPUT.at(
            adapter.name(), input, facts.attachmentPoints().size() + " others");
      }
    }
  }

  /** Matrices of the adapter, or of one zero row where it has none, for every attachment point. */
  private void fillAdapterInputs(Optional<RuntimeAdapter> adapter) throws OrtException {
    Map<String, RuntimeAdapter.Matrix> matrices =
        adapter.map(RuntimeAdapter::matrices).orElseGet(TreeMap::new);
    for (var point : facts.attachmentPoints()) {
      RuntimeAdapter.Matrix a = matrices.get(point.inputA());
      RuntimeAdapter.Matrix b = matrices.get(point.inputB());
      int in = Math.toIntExact(point.in());
      int out = Math.toIntExact(point.out());
      adapterInputs.put(
          point.inputA(), matrix(a == null ? new RuntimeAdapter.Matrix(in, 1, new float[in]) : a));
      adapterInputs.put(
          point.inputB(),
          matrix(b == null ? new RuntimeAdapter.Matrix(1, out, new float[out]) : b));
    }
  }

  private OnnxTensor matrix(RuntimeAdapter.Matrix matrix) throws OrtException {
    ElementType type = facts.arithmetic();
    ByteBuffer bytes = NativeTensor.allocate(arena, type, matrix.rows(), matrix.columns());
    for (float value : matrix.values()) {
      switch (type) {
        case FLOAT32 -> bytes.putFloat(value);
        case FLOAT16 -> bytes.putShort(Float.floatToFloat16(value));
        default -> throw new IllegalStateException("no arithmetic in " + type);
      }
    }
    return NativeTensor.over(
        session.environment(), bytes.flip(), type, matrix.rows(), matrix.columns());
  }

  public GraphFacts facts() {
    return facts;
  }

  /** What its cache looks like. */
  public DecoderGeometry geometry() {
    return geometry;
  }

  /** Where the graph is from. */
  public String name() {
    return name;
  }

  /**
   * Begins sequences with an empty cache.
   *
   * @param batch how many sequences run side by side
   * @param capacity how many tokens each may get, at most the graph's context
   */
  public DecoderRun start(int batch, int capacity) {
    if (capacity > geometry.context()) {
      throw HostError.TOO_LONG.at(name, "", capacity, geometry.context());
    }
    return new DecoderRun(this, batch, capacity);
  }

  OnnxSession session() {
    return session;
  }

  boolean sharedCache() {
    return sharedCache;
  }

  boolean positions() {
    return positions;
  }

  Map<String, OnnxTensor> adapterInputs() {
    return adapterInputs;
  }

  @Override
  public void close() {
    adapterInputs.values().forEach(OnnxTensor::close);
    session.close();
    arena.close();
  }
}
