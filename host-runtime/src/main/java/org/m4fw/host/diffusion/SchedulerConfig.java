package org.m4fw.host.diffusion;

import java.nio.file.Path;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/**
 * {@code scheduler_config.json} of diffusers, with its defaults.
 *
 * @param kind which method
 * @param trainSteps the steps of training, {@code num_train_timesteps}
 * @param betas how much noise each of them added
 * @param prediction what the denoiser gives
 * @param spacing which steps of training are taken
 * @param offset added to them where they are {@link Spacing#LEADING}
 * @param alphaToOne whether the last step ends without any noise; otherwise with that of step 0
 * @param clip the largest magnitude of a predicted image; 0 for no limit
 */
public record SchedulerConfig(
    Kind kind,
    int trainSteps,
    Betas betas,
    Prediction prediction,
    Spacing spacing,
    int offset,
    boolean alphaToOne,
    double clip) {
  private static final long MOST_BYTES = 1 << 20;

  /** The method. */
  public enum Kind {
    /** Pseudo linear multistep, {@code PNDMScheduler} with {@code skip_prk_steps}. */
    PNDM,
    /** Denoising diffusion implicit model without noise of its own (η = 0). */
    DDIM
  }

  /** How betas go from the first to the last: evenly, or their roots do. */
  public enum Growth {
    LINEAR,
    SCALED_LINEAR
  }

  /** The noise of each step of training. */
  public record Betas(double first, double last, Growth growth) {}

  /** What the denoiser gives: the noise ("epsilon"), or the velocity. */
  public enum Prediction {
    EPSILON,
    V_PREDICTION
  }

  /** Which steps of training are taken: evenly from the first, from the last, or from both ends. */
  public enum Spacing {
    LEADING,
    TRAILING,
    LINSPACE
  }

  /**
   * Reads a file.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link DiffusionError#UNSUPPORTED} or a
   *     {@link org.m4fw.base.json.JsonError}
   */
  public static SchedulerConfig read(Path path) {
    return parse(path.toString(), FileBytes.read(path, MOST_BYTES));
  }

  /** As {@link #read}; {@code file} is for messages. */
  public static SchedulerConfig parse(String file, byte[] json) {
    Fields fields = Fields.of(file, StrictJson.parse(file, json));
    String name = fields.optionalString("_class_name").orElse("PNDMScheduler");
    Kind kind =
        switch (name) {
          case "PNDMScheduler" -> Kind.PNDM;
          case "DDIMScheduler" -> Kind.DDIM;
          default -> throw unsupported(file, "_class_name", name, "PNDMScheduler, DDIMScheduler");
        };
    boolean implicit = kind == Kind.DDIM;
    refuse(fields, "thresholding");
    refuse(fields, "rescale_betas_zero_snr");
    if (fields.has("trained_betas")) {
      throw unsupported(file, "trained_betas", "a list", "none");
    }
    if (!implicit && !fields.bool("skip_prk_steps", false)) {
      throw unsupported(file, "skip_prk_steps", "false", "true");
    }
    boolean clipped = implicit && fields.bool("clip_sample", true);
    return new SchedulerConfig(
        kind,
        (int) fields.optionalInteger("num_train_timesteps", 1, 100_000).orElse(1000),
        betas(fields),
        choice(fields, "prediction_type", Prediction.EPSILON, Prediction.values()),
        choice(fields, "timestep_spacing", Spacing.LEADING, Spacing.values()),
        (int) fields.optionalInteger("steps_offset", 0, 1000).orElse(0),
        fields.bool("set_alpha_to_one", implicit),
        clipped ? fields.number("clip_sample_range", 1) : 0);
  }

  private static Betas betas(Fields fields) {
    double first = fields.number("beta_start", 0.0001);
    double last = fields.number("beta_end", 0.02);
    if (!(first > 0 && first < 1 && last > 0 && last < 1)) {
      throw unsupported(fields.file(), "beta_start", first + " to " + last, "between 0 and 1");
    }
    return new Betas(first, last, choice(fields, "beta_schedule", Growth.LINEAR, Growth.values()));
  }

  private static <E extends Enum<E>> E choice(Fields fields, String name, E otherwise, E[] all) {
    String found = fields.optionalString(name).orElseGet(() -> spelled(otherwise));
    StringBuilder known = new StringBuilder();
    for (E choice : all) {
      if (spelled(choice).equals(found)) {
        return choice;
      }
      known.append(known.isEmpty() ? "" : ", ").append(spelled(choice));
    }
    throw unsupported(fields.file(), name, found, known.toString());
  }

  private static String spelled(Enum<?> choice) {
    return choice.name().toLowerCase(java.util.Locale.ROOT);
  }

  private static void refuse(Fields fields, String name) {
    if (fields.bool(name, false)) {
      throw unsupported(fields.file(), name, "true", "false");
    }
  }

  private static RuntimeException unsupported(
      String file, String field, String found, String expected) {
    return DiffusionError.UNSUPPORTED.at(file, field, found, expected);
  }
}
