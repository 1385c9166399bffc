/**
 * From checkpoints to graphs: one builder per model family, that reads like the paper of that
 * model. Knows no devices.
 */
@NullMarked
package org.m4fw.graph.importer;

import org.jspecify.annotations.NullMarked;
