package org.m4fw.checkpoint.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.torch.PickleValue.Storage;
import org.m4fw.checkpoint.torch.PickleValue.TensorView;

/**
 * Reads what {@code torch.save} wrote, in the zip container or the older form. Nothing is visible
 * before all is checked: every storage that the pickle names is in the file with the length that
 * the pickle says, and every tensor stays inside its storage. Tensors may share storages.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/serialization.py">the writer</a>
 */
public final class TorchFile {

  private TorchFile() {}

  /**
   * The tensors of a file, by name ({@link StateDict} says which those are).
   *
   * @param content the whole file
   * @throws org.m4fw.base.problem.ProblemException with a {@link TorchError}
   */
  public static SortedMap<String, StoredTensor> read(Path file, MemorySegment content) {
    return content.byteSize() > 0 && content.get(ValueLayout.JAVA_BYTE, 0) == 'P'
        ? readArchive(file, content)
        : readLegacy(file, content);
  }

  private static SortedMap<String, StoredTensor> readArchive(Path file, MemorySegment content) {
    TorchArchive archive = TorchArchive.read(file, content);
    Range range = archive.pickle();
    if (range.length() > Unpickler.MAX_BYTES) {
      throw TorchError.PICKLE_TOO_LONG.at(
          file, archive.pickleName(), range.length(), Unpickler.MAX_BYTES);
    }
    PickleBytes in =
        new PickleBytes(
            file, archive.pickleName(), content.asSlice(range.begin(), range.length()), 0);
    Unpickler.Result saved = Unpickler.load(in);
    if (in.remaining() > 0) {
      throw TorchError.PICKLE_TRAILING.at(file, archive.pickleName(), in.remaining());
    }
    return resolve(file, saved, archive.storages());
  }

  private static SortedMap<String, StoredTensor> readLegacy(Path file, MemorySegment content) {
    LegacyFile legacy = LegacyFile.read(file, content);
    return resolve(file, legacy.object(), legacy.storages());
  }

  private static SortedMap<String, StoredTensor> resolve(
      Path file, Unpickler.Result saved, SortedMap<String, Range> ranges) {
    for (Storage storage : saved.storages().values()) {
      Range range = ranges.get(storage.key());
      if (range == null) {
        throw TorchError.STORAGE_MISSING.at(file, "", storage.key());
      }
      long bytes = storage.elementBytes();
      if (range.length() % bytes != 0 || range.length() / bytes != storage.count()) {
        throw TorchError.STORAGE_LENGTH.at(
            file,
            "",
            storage.key(),
            range.length() + " bytes",
            storage.count() + " elements of " + bytes);
      }
    }
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    StateDict.tensors(file, saved.value())
        .forEach(
            (name, view) -> {
              Range range = ranges.get(view.storage().key());
              if (range == null) {
                throw TorchError.STORAGE_MISSING.at(file, name, view.storage().key());
              }
              tensors.put(name, stored(file, name, view, range));
            });
    return Collections.unmodifiableSortedMap(tensors);
  }

  private static StoredTensor stored(Path file, String name, TensorView view, Range range) {
    long bytes = view.type().bytes();
    long room = range.length() / bytes;
    if (last(file, name, view) > room) {
      throw TorchError.OUT_OF_STORAGE.at(
          file, name, view.dims(), view.strides(), view.offset(), room);
    }
    return new StoredTensor(
        name, view.type(), view.dims(), view.strides(), range.begin() + view.offset() * bytes);
  }

  /** How many elements the storage must have. */
  private static long last(Path file, String name, TensorView view) {
    List<Long> dims = view.dims();
    try {
      long count = view.type().bytes();
      long last = view.offset();
      for (int axis = 0; axis < dims.size(); axis++) {
        count = Math.multiplyExact(count, dims.get(axis));
        if (dims.get(axis) > 0) {
          last =
              Math.addExact(last, Math.multiplyExact(dims.get(axis) - 1, view.strides().get(axis)));
        }
      }
      return dims.contains(0L) ? view.offset() : Math.addExact(last, 1);
    } catch (ArithmeticException e) {
      throw TorchError.SHAPE.at(file, name, dims, view.strides());
    }
  }
}
