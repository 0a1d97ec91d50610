// The inside of translate_dockerfile(): one instance reads one Dockerfile. Its functions are spread over
// files by what they read: dockerfile_interpreter.cpp (stages, configuration), dockerfile_copy.cpp (COPY and
// ADD), dockerfile_run.cpp (RUN), dockerfile_compile.cpp (go build), dockerfile_image.cpp (the spec at the
// end).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "builder/dockerfile_knowledge.hpp"
#include "builder/dockerfile_parser.hpp"
#include "builder/dockerfile_stage.hpp"
#include "builder/dockerfile_translator.hpp"
#include "builder/shell_reader.hpp"

namespace whittle::builder {

// A program that some stage compiles.
struct BuiltBinary {
  InitBinary spec;       // its path is not set
  std::string name;      // of the executable
  std::string platform;  // "linux/arm64" when GOARCH is written out; else ""
  std::size_t line = 0;
  bool without_cgo = false;  // CGO_ENABLED=0 is said
};

class DockerfileInterpreter {
 public:
  // Borrows all three.
  DockerfileInterpreter(const Dockerfile& file, const TranslateOptions& options, const SourceScan& scan);
  Translation translate();

 private:
  // One command of a RUN, with what the ones before it have set.
  struct Shell {
    const Instruction& instruction;
    Variables variables;
    std::string folder;
    std::vector<std::string> outer_folders = {};  // of the parentheses that are open
    std::size_t line = 0;
    std::string shown = {};
  };

  // --- stages and configuration (dockerfile_interpreter.cpp)
  void read_stages();
  std::size_t target_stage() const;
  std::optional<std::size_t> stage_named(std::string_view name, std::size_t before) const;
  void mark_needed(std::size_t stage, bool shapes_image);
  void find_root();
  void run_stage(std::size_t index);
  void begin_stage(const Instruction& from, std::size_t index);
  void apply(const Instruction& instruction);
  void apply_configuration(const Instruction& instruction);
  void declare_arguments(const Instruction& instruction);
  void set_environment(const Instruction& instruction);
  void set_labels(const Instruction& instruction);
  void expose(const Instruction& instruction);
  void set_user(const Instruction& instruction);
  void set_volumes(const Instruction& instruction);
  StartCommand start_command(const Instruction& instruction) const;
  // NAME=VALUE words, or the old form of one NAME and the rest of the line.
  std::vector<std::pair<std::string, std::string>> pairs(const Instruction& instruction) const;
  std::vector<std::string> expanded_words(const Instruction& instruction) const;

  // --- COPY and ADD (dockerfile_copy.cpp)
  void copy(const Instruction& instruction);
  void copy_from_context(const Instruction& instruction, const std::string& source, const StageFile& like,
                         bool into);
  void copy_from_stage(const Instruction& instruction, const std::string& source, std::size_t from,
                       const StageFile& like, bool into);
  void place(StageFile file, const StageFile& like, bool into, const std::string& name);
  bool guess_binary(const Instruction& instruction, const std::string& source, const StageFile& like,
                    bool into);
  bool take_known_path(const Instruction& instruction, const std::string& source, const Stage* from);
  void refuse_front_end(const Instruction& instruction, const std::string& source, const Stage& from,
                        const std::string& to);

  // --- RUN (dockerfile_run.cpp)
  void run(const Instruction& instruction);
  void take_mounts(const Instruction& instruction);
  void run_script(const Instruction& instruction, const std::string& script);
  void run_command(Shell& shell, ShellCommand command);
  std::string output_of(const Shell& shell, std::string_view script) const;
  void install_packages(Shell& shell, std::span<const std::string> words);
  void add_user(Shell& shell, std::span<const std::string> words, bool is_group);
  void change_files(Shell& shell, std::span<const std::string> words);
  void copy_files(Shell& shell, std::span<const std::string> words);
  void note_writes(Shell& shell, const ShellCommand& command);
  void note(const Shell& shell, Fate fate, std::string_view what);

  // --- go build (dockerfile_compile.cpp)
  void compile(Shell& shell, std::span<const std::string> words, bool installs);
  std::vector<BuiltBinary> mains_of(const std::string& package, const std::string& folder) const;
  std::optional<std::string> context_of(const std::string& path) const;
  BuiltBinary main_in(const std::string& context, const std::string& folder) const;
  std::string platform_of(const Shell& shell) const;

  // --- the spec (dockerfile_image.cpp)
  void build_image();
  void choose_base(InitImage& image);
  void choose_user(InitImage& image);
  void place_binaries(InitImage& image);
  void choose_start(InitImage& image);
  bool start_with(InitImage& image, StartCommand& start, bool is_entrypoint);
  std::optional<std::size_t> binary_for(const std::string& program) const;
  void list_files(InitImage& image);
  bool is_go_source(const StageFile& file) const;
  void list_rest(InitImage& image);
  void settle_folders();
  std::string relocated(const std::string& path) const;
  void write_comments();

  void add(const Instruction& instruction, Fate fate, std::string_view what);

  struct StageRange {
    std::size_t from = 0;  // the FROM's index among the instructions
    std::size_t end = 0;
    std::string name = {};
    std::string base = {};  // expanded
    bool is_needed = false;
    bool shapes_image = false;  // the final stage, or one it begins from
  };
  struct PendingFolder {  // mkdir in the image: whether it is needed shows at the end
    std::size_t line;
    std::string shown;
    std::string path;
  };

  const Dockerfile& file_;
  const TranslateOptions& options_;
  const SourceScan& scan_;
  Variables global_;
  std::vector<StageRange> ranges_;
  std::vector<Stage> stages_;
  std::vector<BuiltBinary> binaries_;
  std::vector<PendingFolder> pending_;
  Stage* stage_ = nullptr;           // the one that is read
  bool shapes_image_ = false;        // whether that is part of the image
  bool is_root_ = false;             // the image's user is root
  std::vector<std::size_t> placed_;  // binaries of the image, the entrypoint's first
  Translation result_;
};

}  // namespace whittle::builder
