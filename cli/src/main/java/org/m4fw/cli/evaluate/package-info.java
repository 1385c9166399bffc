/**
 * How well a model, an image or an adapter does a task: data sets, the runs over them, and whether
 * the result is good enough. How answers are judged is in the host runtime's metrics.
 */
@NullMarked
package org.m4fw.cli.evaluate;

import org.jspecify.annotations.NullMarked;
