package org.m4fw.adapter.pack;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.lite.LiteSlot;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraInput;
import org.m4fw.adapter.lora.LoraValues;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;

/**
 * Whether a runtime form holds exactly the numbers of the portable weights, so that what a device
 * runs is what was examined.
 */
final class FormCheck {
  private FormCheck() {}

  static void check(
      Path file, String section, PackagePayload payload, SortedMap<String, Tensor> form) {
    List<LoraInput> inputs = inputs(payload);
    if (inputs.isEmpty() || inputs.size() != form.size()) {
      throw PackageError.FORM_DIFFERS.at(file, "", section);
    }
    for (LoraInput input : inputs) {
      Tensor found = form.get(input.name());
      boolean same =
          found != null
              && section.equals(PackageWriter.onnxSection(found.dtype()))
              && found.shape().equals(input.shape())
              && found.data().mismatch(expected(input, found.dtype())) == -1;
      if (!same) {
        throw PackageError.FORM_DIFFERS.at(file, input.name(), section);
      }
      // Halves may not hold what the portable weights do.
      LoraValues.requireFinite(requireNonNull(found));
    }
  }

  /** The same for the form of graphs of LiteRT, whose ranks and types the form itself says. */
  static void checkLite(
      Path file, String section, PackagePayload payload, MemorySegment bytes, long offset) {
    SortedMap<String, Tensor> form = SafetensorsReader.read(file, offset, bytes).tensors();
    Set<String> names = inputs(payload).stream().map(LoraInput::name).collect(Collectors.toSet());
    SortedMap<String, LiteSlot> slots = LiteForm.slots(file.toString(), form);
    boolean same =
        !names.isEmpty()
            && slots.keySet().equals(names)
            && payload instanceof PackagePayload.Lora(LoraAdapter lora)
            && isHeld(LiteForm.of(file.toString(), lora, slots), section, bytes);
    if (!same) {
      throw PackageError.FORM_DIFFERS.at(file, "", section);
    }
  }

  /** Devices choose a form by the name of its section, so that has to be true as well. */
  private static boolean isHeld(LiteForm form, String section, MemorySegment bytes) {
    return section.equals(form.id()) && form.isHeldBy(bytes);
  }

  /** Virtual tokens have no such form, nor has DoRA, whose scales the weights of a base give. */
  private static List<LoraInput> inputs(PackagePayload payload) {
    return payload instanceof PackagePayload.Lora(LoraAdapter lora) && !lora.scalesRows()
        ? lora.inputs()
        : List.of();
  }

  private static MemorySegment expected(LoraInput input, DType dtype) {
    float[] values = input.values();
    if (dtype != DType.F16) {
      return MemorySegment.ofArray(values);
    }
    short[] halves = new short[values.length];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = Float.floatToFloat16(values[i]);
    }
    return MemorySegment.ofArray(halves);
  }
}
