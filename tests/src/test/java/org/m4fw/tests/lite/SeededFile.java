package org.m4fw.tests.lite;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.SortedMap;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.cli.answer.SeededInputs;
import org.m4fw.graph.importer.ModelImporter;

/** Inputs for a component of which nobody has real ones, as a file. */
final class SeededFile {
  private SeededFile() {}

  /** Writes all that the component takes. */
  static Path write(Path model, Path file) {
    try (Checkpoint checkpoint = Checkpoint.open(model);
        Arena arena = Arena.ofConfined();
        OutputFile out = OutputFile.create(file)) {
      SortedMap<String, Tensor> inputs =
          SeededInputs.of(ModelImporter.importModel(checkpoint), arena);
      SafetensorsWriter writer =
          SafetensorsWriter.begin(
              out,
              inputs.values().stream()
                  .map(tensor -> new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape()))
                  .toList());
      inputs.values().forEach(tensor -> writer.append(tensor.name(), tensor.data()));
      writer.finish();
      out.commit();
      return file;
    }
  }
}
