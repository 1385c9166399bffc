package org.m4fw.cli.evidence;

import java.util.List;
import java.util.OptionalLong;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.Recipe;

/**
 * What evidence is made from.
 *
 * @param lock the inputs
 * @param models the components, in the order of the recipe
 * @param tool the version of m4fw
 * @param created seconds since 1970, if the build was told a time
 */
public record BuildFacts(
    Recipe recipe, Lock lock, List<ModelFact> models, String tool, OptionalLong created) {

  public BuildFacts {
    models = List.copyOf(models);
  }

  /**
   * A component.
   *
   * @param input its name in the lock
   * @param architecture as the model's own configuration names it
   */
  public record ModelFact(String name, String input, String architecture, long parameters) {}
}
