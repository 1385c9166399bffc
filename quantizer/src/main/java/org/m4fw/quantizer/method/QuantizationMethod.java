package org.m4fw.quantizer.method;

import java.util.Map;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.EncodedWeights;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.WalkDigest;

/**
 * A way of finding the numbers that are stored for the weights of a model. Which encoding a weight
 * gets is the plan's business, not the method's.
 */
public interface QuantizationMethod {

  /** As on the command line: {@code rtn}. */
  String id();

  /**
   * Does what has to be done once before weights can be encoded, such as looking at the inputs of
   * the layers. What is finished is kept in the store: done again after an interruption, it is
   * found there.
   *
   * @throws org.m4fw.base.problem.ProblemException if the weights or the calibration data cannot be
   *     used
   */
  Prepared prepare(Job job);

  /**
   * What is to be quantized.
   *
   * @param name of the model, for progress and messages
   * @param plan for all weights of the model
   * @param store where finished weights are kept
   */
  record Job(String name, Model model, WeightPlan plan, WeightStore store, Progress progress) {

    /** The encoding of a weight of the model. */
    Encoding encoding(Weight weight) {
      WeightPlan.Choice choice = plan.choices().get(weight.name());
      if (choice == null) {
        throw new IllegalArgumentException("the plan lacks " + weight.name());
      }
      return choice.encoding();
    }

    /**
     * What the inputs of its layers depend on where these are rounded on the way.
     *
     * @param settings of the method, as JSON
     */
    Digest digest(CalibrationData data, Map<String, Object> settings) {
      return WalkDigest.of(model, data, store, weight -> encoding(weight).id(), settings);
    }
  }

  /**
   * What a method made of a job.
   *
   * @param id of the method that it came to: another one where this had nothing to offer
   * @param remark what the report says about that, beside why the method was chosen; may be empty
   * @param key what the numbers depend on besides weights and plan
   * @param model the same, but that layers may scale their inputs
   * @param weights gives the weights of that model
   */
  record Prepared(String id, String remark, String key, Model model, EncodedWeights weights) {}
}
