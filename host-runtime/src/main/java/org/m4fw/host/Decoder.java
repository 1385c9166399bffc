package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GraphFacts;
import org.m4fw.graph.pass.EmbeddingSplit;

/**
 * A compiled decoder, loaded. Sequences are fed to it through {@link #start}. For one thread at a
 * time.
 */
public final class Decoder implements AutoCloseable {
  static final String IDS = EmbeddingSplit.IDS;
  static final String VECTORS = EmbeddingSplit.VECTORS;

  /** The tokens of a decoder that follows an encoder. */
  private static final String DECODER_IDS = "decoder_input_ids";

  private final String name;
  private final GraphFacts facts;
  private final DecoderGeometry geometry;
  private final OnnxSession session;
  private final boolean sharedCache;
  private final boolean positions;
  private final boolean masked;
  private final CompiledModel model;
  private final boolean takesVectors;
  private final Optional<TokenVectors> lookup;
  private final Optional<VirtualTokens> virtualTokens;
  private final Arena arena;

  /** Whether the graph is closed with this, or belongs to the decoder that this was made of. */
  private final boolean owner;

  private final Map<String, OnnxTensor> adapterInputs = new TreeMap<>();

  private Decoder(
      String name,
      CompiledModel model,
      OnnxSession session,
      Optional<TokenVectors> lookup,
      Optional<VirtualTokens> virtualTokens,
      Arena arena,
      boolean owner) {
    this.name = name;
    this.owner = owner;
    this.facts = model.facts();
    this.geometry = model.facts().decoder().orElseThrow();
    this.session = session;
    this.lookup = lookup;
    this.virtualTokens = virtualTokens;
    this.arena = arena;
    this.sharedCache = model.hasFusedAttention();
    this.positions = session.session().getInputNames().contains("position_ids");
    this.masked = session.session().getInputNames().contains("attention_mask");
    this.model = model;
    this.takesVectors = model.inputs().containsKey(VECTORS);
  }

  /** Loads a graph that looks its tokens up itself. */
  public static Decoder open(String name, CompiledModel model, Optional<RuntimeAdapter> adapter) {
    return open(name, model, Optional.empty(), adapter);
  }

  /**
   * Loads a graph.
   *
   * @param name for messages: where the graph is from
   * @param embedding the graph that looks tokens up, if the decoder takes vectors instead
   * @throws org.m4fw.base.problem.ProblemException with a {@link HostError}
   */
  public static Decoder open(
      String name,
      CompiledModel model,
      Optional<CompiledModel> embedding,
      Optional<RuntimeAdapter> adapter) {
    GraphFacts facts = model.facts();
    if (facts.decoder().isEmpty()) {
      throw HostError.NOT_A_DECODER.at(name, "", facts.architecture());
    }
    adapter.ifPresent(given -> AdapterFit.check(model, given));
    OnnxSession session = OnnxSession.open(name, model, onnxAdapter(facts, adapter));
    Optional<TokenVectors> lookup = embedding.map(graph -> TokenVectors.open(name, graph));
    return adapted(name, model, session, lookup, adapter, true);
  }

  /**
   * The same graph with another adapter, or none. Of the model nothing is loaded again, so that
   * many adapters can be kept beside it, each as a decoder of its own; they are to be closed before
   * this one, and at any time only one of them may run.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link HostError} if it does not fit
   */
  public Decoder with(Optional<RuntimeAdapter> adapter) {
    adapter.ifPresent(given -> AdapterFit.check(model, given));
    OnnxSession shared = session.with(name, onnxAdapter(facts, adapter));
    return adapted(name, model, shared, lookup, adapter, false);
  }

  /** What graphs with optional inputs get. */
  private static Optional<byte[]> onnxAdapter(GraphFacts facts, Optional<RuntimeAdapter> adapter) {
    return facts.adapterInputs() == AdapterInputs.OPTIONAL
        ? adapter
            .filter(given -> !given.matrices().isEmpty())
            .map(given -> given.onnxAdapter(facts.arithmetic()))
        : Optional.empty();
  }

  @SuppressWarnings("MustBeClosed") // the arena lives as long as the decoder
  private static Decoder adapted(
      String name,
      CompiledModel model,
      OnnxSession session,
      Optional<TokenVectors> lookup,
      Optional<RuntimeAdapter> adapter,
      boolean owner) {
    Optional<VirtualTokens> virtualTokens = adapter.flatMap(RuntimeAdapter::virtualTokens);
    Arena arena = Arena.ofShared();
    try {
      Decoder decoder = new Decoder(name, model, session, lookup, virtualTokens, arena, owner);
      if (model.facts().adapterInputs() == AdapterInputs.REQUIRED) {
        decoder.adapterInputs.putAll(
            AdapterInputTensors.of(session.environment(), model.facts(), adapter, arena));
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

  /** The longest sequence, in tokens; virtual ones that the adapter adds take their part of it. */
  public int context() {
    return geometry.context() - virtualTokens.map(VirtualTokens::count).orElse(0);
  }

  /** What the adapter puts before the first token. */
  Optional<VirtualTokens> virtualTokens() {
    return virtualTokens;
  }

  /**
   * Begins sequences, with nothing in the cache but what the adapter puts there.
   *
   * @param batch how many sequences run side by side
   * @param capacity how many tokens each may get, at most the graph's context
   */
  public DecoderRun start(int batch, int capacity) {
    if (model.hasMemory()) {
      throw HostError.NEEDS_MEMORY.at(name, "");
    }
    return start(batch, capacity, DecoderMemory.none());
  }

  /** Begins sequences about something: what the run then owns. */
  DecoderRun start(int batch, int capacity, DecoderMemory memory) {
    if (capacity > context()) {
      memory.close();
      throw HostError.TOO_LONG.at(name, "", capacity, context());
    }
    return DecoderRun.start(this, batch, capacity, memory);
  }

  /** The name of the input that takes tokens, in a graph that is no decoder of vectors. */
  static String ids(CompiledModel model) {
    return model.inputs().containsKey(DECODER_IDS) ? DECODER_IDS : IDS;
  }

  /** The name of the input that takes tokens. */
  String ids() {
    return ids(model);
  }

  /** The graph that it runs. */
  public CompiledModel model() {
    return model;
  }

  /** Whether the graph wants to be told which positions are there. */
  boolean masked() {
    return masked;
  }

  /** Whether the graph takes vectors in the place of tokens. */
  boolean takesVectors() {
    return takesVectors;
  }

  /** Where a graph that takes vectors gets those of tokens. */
  TokenVectors lookup() {
    return lookup.orElseThrow(() -> HostError.MISSING_INPUT.at(name, IDS, VECTORS));
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
    if (owner) {
      lookup.ifPresent(TokenVectors::close);
    }
    session.close();
    arena.close();
  }
}
