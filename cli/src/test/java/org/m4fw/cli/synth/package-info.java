@NullMarked
package org.m4fw.cli.synth;

import org.jspecify.annotations.NullMarked;
