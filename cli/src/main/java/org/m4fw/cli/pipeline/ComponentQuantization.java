package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.activation.ActivationError;
import org.m4fw.quantizer.activation.Calibration;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.quantizer.activation.Smoothing;
import org.m4fw.quantizer.budget.Allotment;
import org.m4fw.quantizer.budget.Budget;
import org.m4fw.quantizer.budget.BudgetError;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.method.MethodChoice;
import org.m4fw.targets.Target;

/** How a recipe wants the weights of a component to be stored. */
public final class ComponentQuantization {
  private ComponentQuantization() {}

  /**
   * What the recipe says.
   *
   * @param file the recipe, for messages
   * @param resources closes the calibration data
   */
  static TargetModel.Quantization of(String file, Recipe.Component component, Resources resources) {
    Recipe.Rounding rounding = component.rounding();
    Optional<Budget> budget =
        budget(file, component.name() + ".", rounding.bits(), rounding.budget());
    return of(
        new Place(file, component.name() + "."),
        Optional.of(Scheme.parse(component.name(), component.scheme())),
        Overrides.of(file, component.name() + ".overrides", component.overrides()),
        rounding.method(),
        rounding.calibration(),
        new Care(rounding.smooth(), rounding.minSqnr()),
        budget,
        resources);
  }

  /**
   * Where a wish stands.
   *
   * @param prefix of the names of fields or options
   */
  public record Place(String file, String prefix) {}

  /** How ranges are chosen: where nothing but eight bits is taken, what is clamped is lost. */
  public static Observer observer(Target target, Optional<Observer> asked) {
    return asked.orElseGet(
        () -> LiteTargetModel.isFor(target) ? new Observer.MinMax() : Observer.standard());
  }

  /**
   * What keeps activations good.
   *
   * @param smooth how far outliers of what layers read are moved into weights
   * @param minSqnr what values, operators and results have to keep, in dB
   */
  public record Care(Optional<Double> smooth, Optional<Double> minSqnr) {
    /** Nothing is said. */
    public static Care none() {
      return new Care(Optional.empty(), Optional.empty());
    }
  }

  /** The size that is asked for, in bits or bytes but not both. */
  public static Optional<Budget> budget(
      String file, String prefix, Optional<Double> bits, Optional<String> size) {
    if (bits.isPresent() && size.isPresent()) {
      throw BudgetError.TWO_BUDGETS.at(file, prefix + "budget");
    }
    return bits.map(n -> Budget.bits(file, prefix + "bits", n))
        .or(() -> size.map(bytes -> Budget.bytes(file, prefix + "budget", bytes)));
  }

  /**
   * What was asked for, checked.
   *
   * @param method by id
   * @param calibration a file of tokens or tensors
   * @param care for activations
   */
  public static TargetModel.Quantization of(
      Place place,
      Optional<Scheme> scheme,
      Overrides overrides,
      String method,
      Optional<Path> calibration,
      Care care,
      Optional<Budget> budget,
      Resources resources) {
    if (budget.isPresent()
        && scheme.map(s -> s.encoding() instanceof Encoding.Plain).orElse(true)) {
      throw BudgetError.NO_QUANTIZATION.at(
          place.file(), place.prefix() + "scheme", scheme.map(Scheme::id).orElse("none"));
    }
    Optional<Smoothing> smoothing =
        care.smooth()
            .map(strength -> Smoothing.of(place.file(), place.prefix() + "smooth", strength));
    if (smoothing.isPresent() && calibration.isEmpty()) {
      throw ActivationError.SMOOTHING_NEEDS_CALIBRATION.at(place.file(), place.prefix() + "smooth");
    }
    String bound = place.prefix() + (place.file().isEmpty() ? "min-sqnr" : "min_sqnr");
    Optional<Double> least =
        care.minSqnr().map(ratio -> Calibration.bound(place.file(), bound, ratio));
    if (least.isPresent() && calibration.isEmpty()) {
      throw ActivationError.BOUND_NEEDS_CALIBRATION.at(place.file(), bound);
    }
    Optional<CalibrationData> data = calibration.map(CalibrationData::open);
    data.ifPresent(opened -> resources.add(opened::close));
    MethodChoice choice =
        MethodChoice.of(place.file(), place.prefix() + "method", method, scheme, data);
    return new TargetModel.Quantization(
        scheme,
        overrides,
        choice,
        budget.map(size -> new Allotment(size, data)),
        data.map(opened -> new Calibration(opened, Observer.standard(), smoothing, least)));
  }
}
