package org.m4fw.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.onnx.OnnxFile;

/** The files of a checkpoint, as many as are open so far. */
final class Opened implements AutoCloseable {
  private final List<MappedFile> mapped = new ArrayList<>();
  private final List<ContiguousCopies> copies = new ArrayList<>();
  private final List<UnpackedCopies> unpacked = new ArrayList<>();
  private Optional<Unpacked> described = Optional.empty();
  private Optional<OnnxFile> onnx = Optional.empty();

  MappedFile map(Path path) {
    MappedFile file = MappedFile.open(path);
    mapped.add(file);
    return file;
  }

  /** A place for matrices that come quantized, closed with the rest. */
  UnpackedCopies unpacked() {
    UnpackedCopies place = new UnpackedCopies();
    unpacked.add(place);
    return place;
  }

  /** What a file that describes its model itself says of it. */
  Optional<Unpacked> described() {
    return described;
  }

  /** The file that holds its model's graph too, if there is one. */
  Optional<OnnxFile> onnx() {
    return onnx;
  }

  /** In the order in which they were opened. */
  List<Path> files() {
    return mapped.stream().map(MappedFile::path).toList();
  }

  /** The tensors of one file, whatever its format. */
  SortedMap<String, Tensor> tensors(MappedFile file) {
    return switch (FileFormat.of(file.segment())) {
      case SAFETENSORS -> SafetensorsReader.read(file).tensors();
      case TORCH_ZIP, TORCH_PICKLE -> {
        TorchTensors read = TorchTensors.read(file);
        copies.addAll(read.copies());
        yield read.tensors();
      }
      case GGUF -> {
        Unpacked read = GgufInputs.read(file, unpacked());
        described = Optional.of(read);
        yield read.tensors();
      }
      case ONNX -> {
        OnnxFile read = OnnxFile.read(file.path(), file.segment());
        onnx = Optional.of(read);
        yield OnnxInputs.tensors(file, read, this::map, unpacked());
      }
      case SHARD_INDEX -> throw CheckpointError.INDEX_IN_INDEX.at(file.path(), "");
      case UNKNOWN ->
          throw CheckpointError.UNKNOWN_FORMAT.at(
              file.path(), "", FileFormat.describe(file.segment()));
    };
  }

  @Override
  public void close() {
    copies.forEach(ContiguousCopies::close);
    unpacked.forEach(UnpackedCopies::close);
    mapped.forEach(MappedFile::close);
  }
}
