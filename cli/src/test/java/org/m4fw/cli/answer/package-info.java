@NullMarked
package org.m4fw.cli.answer;

import org.jspecify.annotations.NullMarked;
