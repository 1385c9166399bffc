package org.m4fw.host.path;

import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.importer.ProjectionImporter;
import org.m4fw.host.FloatTensor;

/** The projection of a path: an embedding to a vector that the backbone takes. */
final class Projector {
  private Projector() {}

  static float[] project(LoadedPath loaded, ExecutionPath.Step step, float[] embedding) {
    return loaded
        .part(step, ProjectionImporter.PART, ProjectionImporter.OUTPUT)
        .run(
            new FloatTensor(Shape.of(1, embedding.length), embedding)
                .named(ProjectionImporter.INPUT))
        .values();
  }
}
