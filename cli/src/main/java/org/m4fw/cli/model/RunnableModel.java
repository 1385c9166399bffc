package org.m4fw.cli.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.Decoder;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TensorRun;
import org.m4fw.host.text.Tokenizer;

/** The graphs of a component with the adapter and the tokenizer that they are to be run with. */
public final class RunnableModel implements AutoCloseable {
  private final String name;
  private final SequencedMap<String, CompiledModel> parts;
  private final Optional<RuntimeAdapter> adapter;
  private final Optional<Supplier<Tokenizer>> tokenizer;
  private final Resources resources;

  RunnableModel(
      String name,
      SequencedMap<String, CompiledModel> parts,
      Optional<RuntimeAdapter> adapter,
      Optional<Supplier<Tokenizer>> tokenizer,
      Resources resources) {
    this.name = name;
    this.parts = parts;
    this.adapter = adapter;
    this.tokenizer = tokenizer;
    this.resources = resources;
  }

  /** Runs what the named tensors allow; {@code file} is where they are from. */
  public TensorRun run(String file, Map<String, Tensor> inputs) {
    return TensorRun.execute(file, parts, adapter, inputs);
  }

  /** The adapter as files for the graphs that have inputs for it; no files without an adapter. */
  public GraphAdapters adapterFiles() {
    return adapter
        .map(given -> GraphAdapters.of(name, parts, given))
        .orElseGet(() -> new GraphAdapters(new LinkedHashMap<>()));
  }

  /**
   * Loads the part that predicts tokens, for the caller to close.
   *
   * @throws org.m4fw.base.problem.ProblemException if there is none
   */
  public Decoder openDecoder() {
    CompiledModel decoder = parts.get(Model.DECODER);
    if (decoder == null || decoder.facts().decoder().isEmpty() || decoder.hasMemory()) {
      throw ModelError.NO_DECODER.at(name, "", String.join(", ", parts.keySet()));
    }
    return Decoder.open(name, decoder, Optional.ofNullable(parts.get(Model.EMBEDDING)), adapter);
  }

  /**
   * The tokenizer, for the caller to close.
   *
   * @throws org.m4fw.base.problem.ProblemException if the model has none
   */
  public Tokenizer openTokenizer() {
    return tokenizer.orElseThrow(() -> ModelError.NO_TOKENIZER.at(name, "")).get();
  }

  @Override
  public void close() {
    resources.close();
  }
}
