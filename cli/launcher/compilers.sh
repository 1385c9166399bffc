# Says with which of the JVM's compilers a command runs; read by m4fw. Uses only what the shell
# itself can do, for a fast start.

# compilers_for ARGUMENT...: sets $compilers to an option of the JVM, or to nothing for the default.
#
# Of thousands of packages 'adapter check' looks at headers and signatures: the second compiler would
# cost it more time and memory than it saves. What hashes everything (--full) needs it, as what
# computes with a model does.
compilers_for() {
  compilers=''
  case " $* " in
    *' --full '* | *' --run '*) return ;;
    *' adapter check '*) ;;
    *) return ;;
  esac
  for argument; do
    if [ -d "$argument" ] && [ ! -f "$argument/config.json" ] && [ ! -f "$argument/adapter_config.json" ]; then
      compilers=-XX:TieredStopAtLevel=1
    fi
  done
}
