package org.m4fw.adapter.delta;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraBase;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.lora.LoraSource;
import org.m4fw.adapter.lora.LoraValues;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.AttachmentPoint;

/**
 * ImageBind-LoRA: low-rank pairs for query and value of every block of a trunk, {@code w_a_NNN} [r,
 * in] and {@code w_b_NNN} [out, r], where number 2·l is the query of block l and 2·l + 1 its value,
 * multiplied by 1; beside them whole heads and what scales their outputs.
 *
 * <p>The published trainer takes the sizes from the bias of the layer that makes queries, keys and
 * values at once, so that its pairs are three times as wide as any query; and PyTorch's attention
 * never calls the layers that hold them. Such a branch changes nothing, whatever its numbers are,
 * and is left out with a warning. Pairs of the width of the trunk, as later versions train them,
 * are joined to one of twice the rank for the layer that the base has.
 *
 * @param path for messages
 * @param loras the tensors by modality
 * @param heads keyed without {@code modality_heads.}
 * @param postprocessors keyed without {@code modality_postprocessors.}
 * @see <a href="https://github.com/fabawi/ImageBind-LoRA">ImageBind-LoRA</a>
 */
public record ImageBindLora(
    Path path,
    SortedMap<String, SortedMap<String, Tensor>> loras,
    SortedMap<String, Tensor> heads,
    SortedMap<String, Tensor> postprocessors)
    implements LoraSource {
  private static final Pattern NAME = Pattern.compile("w_([ab])_(\\d{3})");
  private static final String TRUNKS = "modality_trunks.";
  private static final String HEADS = "modality_heads.";
  private static final String POSTPROCESSORS = "modality_postprocessors.";

  /** Reads all files of a training; the tensors are those of the checkpoints. */
  public static ImageBindLora read(
      Path path, ImageBindFiles files, SortedMap<Path, Checkpoint> open) {
    SortedMap<String, SortedMap<String, Tensor>> loras = new TreeMap<>();
    files.loras().forEach((modality, file) -> loras.put(modality, tensors(file, open)));
    return new ImageBindLora(
        path,
        loras,
        files.heads().map(file -> tensors(file, open)).orElseGet(TreeMap::new),
        files.postprocessors().map(file -> tensors(file, open)).orElseGet(TreeMap::new));
  }

  private static SortedMap<String, Tensor> tensors(Path file, SortedMap<Path, Checkpoint> open) {
    return Optional.ofNullable(open.get(file)).map(Checkpoint::tensors).orElseThrow();
  }

  @Override
  public String text() {
    return "a training of ImageBind-LoRA";
  }

  @Override
  public LoraAdapter over(LoraBase base) {
    List<String> warnings = new ArrayList<>();
    LoraAssembly assembly = new LoraAssembly(path);
    boolean live = false;
    for (var lora : loras.entrySet()) {
      live |= addTrunk(base, assembly, lora.getKey(), lora.getValue(), warnings);
    }
    SortedMap<String, Tensor> replaced = new TreeMap<>();
    TreeSet<String> left = new TreeSet<>();
    heads.forEach((name, tensor) -> addHead(base, HEADS + name, tensor, replaced, left));
    postprocessors.forEach(
        (name, tensor) -> addHead(base, POSTPROCESSORS + name, tensor, replaced, left));
    if (!left.isEmpty()) {
      warnings.add(
          "%s heads and scales are of modalities that the base does not have: they are left out"
              .formatted(left.size()));
    }
    if (!live) {
      return new LoraAdapter(LoraScaling.ALPHA_OVER_RANK, List.of(), replaced, warnings);
    }
    replaced.forEach(assembly::addReplaced);
    LoraAdapter found =
        assembly.adapter(
            LoraScaling.ALPHA_OVER_RANK, path.toString(), assembly.declaredByShapes(1));
    warnings.addAll(found.warnings());
    return new LoraAdapter(found.scaling(), withFactorOne(found), found.replaced(), warnings);
  }

  /** The trainer does not scale: alpha is the rank. */
  private static List<LoraPair> withFactorOne(LoraAdapter adapter) {
    return adapter.pairs().stream()
        .map(pair -> new LoraPair(pair.point(), pair.rank(), pair.rank(), pair.down(), pair.up()))
        .toList();
  }

  private boolean addTrunk(
      LoraBase base,
      LoraAssembly assembly,
      String modality,
      SortedMap<String, Tensor> tensors,
      List<String> warnings) {
    List<AttachmentPoint> blocks = blocks(base, modality);
    if (blocks.isEmpty()) {
      warnings.add("the base has no trunk for %s: its LoRA is left out".formatted(modality));
      return false;
    }
    int silent = 0;
    boolean live = false;
    requireNames(tensors, 2 * blocks.size());
    for (int block = 0; block < blocks.size(); block++) {
      Pair query = pair(tensors, 2 * block);
      Pair value = pair(tensors, 2 * block + 1);
      AttachmentPoint point = blocks.get(block);
      if (query.isOf(3 * point.in()) && value.isOf(3 * point.in())) {
        silent++;
      } else {
        query.requireWidth(point.in());
        value.requireWidth(point.in());
        assembly.addDown(point.name(), TensorRows.stacked(query.down(), value.down()));
        assembly.addUp(point.name(), queryAndValue(query.up(), value.up()));
        live = true;
      }
    }
    if (silent > 0) {
      warnings.add(
          ("%s of %s LoRA pairs of %s are of the inner size 3·d, which no layer of the attention has and"
                  + " its trainer never calls: they have no effect and are left out")
              .formatted(2 * silent, 2 * blocks.size(), modality));
    }
    if (modality.equals("text")) {
      warnings.add(
          "the trainer runs the text trunk without its causal mask: its numbers are met only by a base"
              + " with text_causal_mask false");
    }
    return live;
  }

  /** The layers that make queries, keys and values, in the order of the blocks. */
  private static List<AttachmentPoint> blocks(LoraBase base, String modality) {
    SortedMap<Integer, AttachmentPoint> blocks = new TreeMap<>();
    Pattern name =
        Pattern.compile(Pattern.quote(TRUNKS + modality) + "\\.blocks\\.(\\d{1,4})\\.attn");
    for (AttachmentPoint point : base.points()) {
      Matcher matcher = name.matcher(point.name());
      if (matcher.matches()) {
        blocks.put(Integer.parseInt(matcher.group(1)), point);
      }
    }
    return List.copyOf(blocks.values());
  }

  private void requireNames(SortedMap<String, Tensor> tensors, int pairs) {
    for (Tensor tensor : tensors.values()) {
      if (!NAME.matcher(tensor.name()).matches()) {
        throw DeltaError.UNKNOWN_TENSOR.at(
            tensor.extent().file(), tensor.name(), "a LoRA of ImageBind");
      }
    }
    if (tensors.size() != 2 * pairs) {
      throw DeltaError.OTHER_DEPTH.at(path, "", tensors.size(), 2 * pairs, pairs / 2);
    }
  }

  /** A [r, width] and B [width, r] of one projection. */
  private record Pair(Tensor down, Tensor up) {
    boolean isOf(long width) {
      return down.shape().dim(1) == width
          && up.shape().dim(0) == width
          && down.shape().dim(0) == up.shape().dim(1);
    }

    void requireWidth(long width) {
      if (!isOf(width)) {
        throw DeltaError.NOT_A_PROJECTION.at(
            down.extent().file(), down.name(), down.shape(), up.shape(), width);
      }
    }
  }

  private Pair pair(SortedMap<String, Tensor> tensors, int index) {
    Tensor down = tensors.get("w_a_%03d".formatted(index));
    Tensor up = tensors.get("w_b_%03d".formatted(index));
    if (down == null || up == null || down.shape().rank() != 2 || up.shape().rank() != 2) {
      throw DeltaError.NO_PAIR.at(path, "w_a_%03d".formatted(index));
    }
    for (Tensor tensor : List.of(down, up)) {
      if (!TensorFloats.canRead(tensor.dtype())) {
        throw LoraError.NOT_FLOAT.at(tensor.extent().file(), tensor.name(), tensor.dtype());
      }
      LoraValues.requireFinite(tensor);
    }
    return new Pair(down, up);
  }

  /** B [3·d, 2·r] of both: the query's in the first rows and columns, the value's in the last. */
  private static Tensor queryAndValue(Tensor query, Tensor value) {
    int width = Math.toIntExact(query.shape().dim(0));
    int rank = Math.toIntExact(query.shape().dim(1));
    int valueRank = Math.toIntExact(value.shape().dim(1));
    int all = rank + valueRank;
    float[] joined = new float[3 * width * all];
    float[] first = TensorFloats.all(query);
    float[] last = TensorFloats.all(value);
    for (int row = 0; row < width; row++) {
      System.arraycopy(first, row * rank, joined, row * all, rank);
      System.arraycopy(last, row * valueRank, joined, (2 * width + row) * all + rank, valueRank);
    }
    return TensorRows.made(query, Shape.of(3L * width, all), joined);
  }

  /** A single number, as the base has it. */
  private static Tensor withDimension(Tensor tensor) {
    return tensor.shape().rank() > 0
        ? tensor
        : new Tensor(tensor.name(), tensor.dtype(), Shape.of(1), tensor.extent(), tensor.data());
  }

  private void addHead(
      LoraBase base,
      String name,
      Tensor found,
      SortedMap<String, Tensor> replaced,
      TreeSet<String> left) {
    Shape expected = base.heads().get(name);
    Tensor tensor = withDimension(found);
    if (expected != null) {
      if (!expected.equals(tensor.shape())) {
        throw LoraError.WRONG_HEAD.at(
            tensor.extent().file(), tensor.name(), tensor.shape(), expected);
      }
      if (!TensorFloats.canRead(tensor.dtype())) {
        throw LoraError.NOT_FLOAT.at(tensor.extent().file(), tensor.name(), tensor.dtype());
      }
      LoraValues.requireFinite(tensor);
      replaced.put(name, tensor);
      return;
    }
    String modality = name.split("\\.", 3)[1];
    if (!blocks(base, modality).isEmpty()) {
      throw DeltaError.NO_HEAD.at(tensor.extent().file(), tensor.name(), name);
    }
    left.add(name);
  }
}
