package org.m4fw.quantizer.method;

import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.EncodedWeights;
import org.m4fw.quantizer.WeightStore;

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
  record Job(String name, Model model, WeightPlan plan, WeightStore store, Progress progress) {}

  /**
   * What a method made of a job.
   *
   * @param id of the method that it came to: another one where this had nothing to offer
   * @param remark what the report says about that, beside why the method was chosen; may be empty
   * @param key what the numbers depend on besides weights and plan
   * @param model the same, but that layers may scale their inputs
   * @param weights gives the weights of that model
   */
  record Prepared(String id, String remark, String key, Model model, EncodedWeights weights) {

    /** Whether layers scale their inputs of which the model that came did not. */
    public boolean scalesInputs() {
      return model.weights().values().stream()
          .filter(weight -> weight.source() instanceof Weight.Source.Stored)
          .anyMatch(weight -> weight.inputFactors().isPresent());
    }
  }
}
