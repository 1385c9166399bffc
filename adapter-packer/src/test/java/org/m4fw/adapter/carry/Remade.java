package org.m4fw.adapter.carry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.ejml.data.DMatrixRMaj;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.checkpoint.TensorInfo;

/**
 * The same function as a LLaMA, in other coordinates: the units of the residual stream and of the
 * feed-forward layers in another order, and dead ones between them.
 *
 * @param stream for each new unit of the stream the old one, or −1
 * @param hidden for each new unit of a feed-forward layer the old one
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Remade(int[] stream, int[] hidden) {

  static Remade shuffled(int width, int dead, int hidden) {
    return new Remade(order(width, dead), order(hidden, 0));
  }

  private static int[] order(int count, int dead) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      order.add(i);
    }
    for (int i = 0; i < dead; i++) {
      order.add(-1);
    }
    SplittableRandom random = new SplittableRandom(count);
    for (int i = order.size() - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      Integer moved = order.get(i);
      order.set(i, order.get(other));
      order.set(other, moved);
    }
    return order.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The model in the new coordinates, as a checkpoint in F32. */
  void write(Checkpoint old, Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.copy(old.directory().resolve("config.json"), directory.resolve("config.json"));
    List<TensorInfo> declared = new ArrayList<>();
    List<float[]> values = new ArrayList<>();
    for (Tensor tensor : old.tensors().values()) {
      DMatrixRMaj matrix = tensor(tensor);
      declared.add(
          new TensorInfo(
              tensor.name(),
              DType.F32,
              tensor.shape().rank() == 1
                  ? Shape.of(matrix.numCols)
                  : Shape.of(matrix.numRows, matrix.numCols)));
      float[] floats = new float[matrix.data.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) matrix.data[i];
      }
      values.add(floats);
    }
    try (OutputFile file = OutputFile.create(directory.resolve("model.safetensors"))) {
      SafetensorsWriter writer = SafetensorsWriter.begin(file, declared);
      for (int i = 0; i < values.size(); i++) {
        writer.append(declared.get(i).name(), values.get(i));
      }
      writer.finish();
      file.commit();
    }
  }

  private DMatrixRMaj tensor(Tensor tensor) {
    float[] values = TensorFloats.all(tensor);
    int columns = (int) tensor.shape().dim(tensor.shape().rank() - 1);
    DMatrixRMaj matrix = new DMatrixRMaj(values.length / columns, columns);
    for (int i = 0; i < values.length; i++) {
      matrix.data[i] = values[i];
    }
    String name = tensor.name();
    if (name.contains("norm")) {
      // Dead units make the root mean square smaller; the gains make up for it.
      double rms = Math.sqrt((double) columns / stream.length);
      DMatrixRMaj gains = columns(matrix, stream);
      for (int i = 0; i < gains.numCols; i++) {
        gains.set(0, i, stream[i] < 0 ? 1 : gains.get(0, i) * rms);
      }
      return gains;
    }
    String point = name.replace(".weight", "");
    return matrix(point, matrix);
  }

  /** A weight, or what an adapter adds to it, in the new coordinates. */
  DMatrixRMaj matrix(String point, DMatrixRMaj old) {
    return switch (point.substring(point.lastIndexOf('.') + 1)) {
      case "gate_proj", "up_proj" -> rows(columns(old, stream), hidden);
      case "down_proj" -> rows(columns(old, hidden), stream);
      case "o_proj" -> rows(old, stream);
      default -> columns(old, stream);
    };
  }

  private static DMatrixRMaj columns(DMatrixRMaj old, int[] order) {
    DMatrixRMaj moved = new DMatrixRMaj(old.numRows, order.length);
    for (int row = 0; row < old.numRows; row++) {
      for (int column = 0; column < order.length; column++) {
        moved.set(row, column, order[column] < 0 ? 0 : old.get(row, order[column]));
      }
    }
    return moved;
  }

  private static DMatrixRMaj rows(DMatrixRMaj old, int[] order) {
    DMatrixRMaj moved = new DMatrixRMaj(order.length, old.numCols);
    for (int row = 0; row < order.length; row++) {
      for (int column = 0; column < old.numCols; column++) {
        moved.set(row, column, order[row] < 0 ? 0 : old.get(order[row], column));
      }
    }
    return moved;
  }
}
