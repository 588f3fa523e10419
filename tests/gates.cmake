# Checks that are not Criterion programs: of the sources, of the built library, of the documents.
set(here ${CMAKE_CURRENT_SOURCE_DIR})
find_program(INCLINE_SHELLCHECK shellcheck)
find_program(INCLINE_CLANG NAMES clang clang-14 DOC "Lints the kernels")
find_program(INCLINE_CLANG_FORMAT NAMES clang-format-14 clang-format)
find_program(INCLINE_CXX NAMES c++ g++ clang++ DOC "Compiles the public header as C++")

if(INCLINE_TEST_GATES)
    incline_test(gate.layers LABELS gate
                 COMMAND ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR} -P ${here}/layers.cmake)
    incline_test(gate.kernels LABELS gate
                 COMMAND sh gates/kernels.sh "${INCLINE_CLANG}" ${PROJECT_SOURCE_DIR}/kernels)
    incline_test(gate.format LABELS gate format
                 COMMAND sh gates/format.sh "${INCLINE_CLANG_FORMAT}" ${PROJECT_SOURCE_DIR})
    incline_test(gate.headers LABELS gate
                 COMMAND sh gates/headers.sh ${CMAKE_C_COMPILER} "${INCLINE_CXX}"
                         ${PROJECT_SOURCE_DIR}/include)
    incline_test(gate.scripts LABELS gate
                 COMMAND sh gates/scripts.sh "${INCLINE_SHELLCHECK}" ${PROJECT_SOURCE_DIR})
    incline_test(gate.readme LABELS gate COMMAND sh readme.sh ${PROJECT_SOURCE_DIR} SECONDS 400
                 ENVIRONMENT ${opencl_surroundings})
    incline_test(gate.threads LABELS gate SECONDS 900
                 COMMAND sh gates/threads.sh ${CMAKE_COMMAND} ${PROJECT_SOURCE_DIR}
                         ${PROJECT_BINARY_DIR}/threads ${CMAKE_C_COMPILER}
                 ENVIRONMENT INCLINE_TEST_DEVICE=reference)
    incline_test(gate.get LABELS gate COMMAND sh get.sh ${PROJECT_SOURCE_DIR})
endif()

# The founding document in NumPy float64, beside the same run here. The system's Python first: that
# is the one which packages are installed for.
find_program(INCLINE_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(INCLINE_PYTHON NAMES python3 DOC "Runs the comparison with NumPy")
# The program: its command line on each device, and its own judgement of the device. Sanitizers make
# kernels no safer but everything slower, so there it judges on small shapes.
if(INCLINE_SANITIZE)
    set(judgement --quick)
endif()
if(TARGET incline_cli)
    # A script that is put into cli/ is a test; tools.sh is what they share.
    file(GLOB cli_tests RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/cli CONFIGURE_DEPENDS cli/*.sh)
    list(REMOVE_ITEM cli_tests tools.sh)
    list(TRANSFORM cli_tests REPLACE "[.]sh$" "")
    if(reference IN_LIST INCLINE_TEST_DEVICES)
        foreach(name IN LISTS cli_tests)
            incline_test(reference.cli_${name} LABELS cli reference
                         COMMAND sh cli/${name}.sh $<TARGET_FILE:incline_cli>
                         ENVIRONMENT INCLINE_TEST_DEVICE=reference)
        endforeach()
    endif()
    # Tables and pictures from the command line; the device is the same for all of it, so one is enough.
    incline_test(host.tables LABELS cli host COMMAND sh tables.sh $<TARGET_FILE:incline_cli>
                 ENVIRONMENT INCLINE_TEST_DEVICE=reference)
    incline_test(host.samples LABELS cli host COMMAND sh samples.sh $<TARGET_FILE:incline_cli>
                 ENVIRONMENT INCLINE_TEST_DEVICE=reference)
    incline_test(host.files LABELS cli host COMMAND sh files.sh $<TARGET_FILE:incline_cli>)
    if(opencl IN_LIST INCLINE_TEST_DEVICES)
        foreach(name IN LISTS cli_tests)
            incline_test(opencl.cli_${name} LABELS cli opencl
                         COMMAND sh cli/${name}.sh $<TARGET_FILE:incline_cli>
                         ENVIRONMENT ${opencl_surroundings})
        endforeach()
        incline_test(opencl.verify LABELS cli opencl
                     COMMAND incline_cli verify --device opencl:0 ${judgement}
                     ENVIRONMENT ${opencl_surroundings})
    endif()
    if(INCLINE_TEST_GATES)
        incline_test(gate.bench LABELS gate
                     COMMAND sh gates/bench.sh "${INCLINE_PYTHON}" $<TARGET_FILE:incline_cli>
                             ${PROJECT_SOURCE_DIR}/bench)
        incline_test(gate.interop LABELS gate cli
                     COMMAND sh gates/interop.sh "${INCLINE_PYTHON}" models.py
                             $<TARGET_FILE:incline_cli>)
        incline_test(gate.pytorch LABELS gate cli
                     COMMAND sh gates/interop.sh "${INCLINE_PYTHON}" pytorch.py
                             $<TARGET_FILE:incline_cli>)
        incline_test(gate.tables LABELS gate cli
                     COMMAND sh gates/interop.sh "${INCLINE_PYTHON}" tables.py
                             $<TARGET_FILE:incline_cli>)
        incline_test(gate.arrays LABELS gate cli
                     COMMAND sh gates/interop.sh "${INCLINE_PYTHON}" arrays.py
                             $<TARGET_FILE:incline_cli>)
        incline_test(reference.numpy LABELS cli reference
                     COMMAND sh gates/numpy.sh "${INCLINE_PYTHON}" $<TARGET_FILE:incline_cli>
                             reference 5)
        incline_test(opencl.numpy LABELS cli opencl
                     COMMAND sh gates/numpy.sh "${INCLINE_PYTHON}" $<TARGET_FILE:incline_cli>
                             opencl:0 20
                     ENVIRONMENT ${opencl_surroundings})
        # Methods of training beside the same ones of PyTorch.
        foreach(name IN ITEMS activations losses norms optimizers schedules together)
            incline_test(reference.torch_${name} LABELS cli reference
                         COMMAND sh gates/torch.sh "${INCLINE_PYTHON}" ${name}.py
                                 $<TARGET_FILE:incline_cli> reference)
            incline_test(opencl.torch_${name} LABELS cli opencl
                         COMMAND sh gates/torch.sh "${INCLINE_PYTHON}" ${name}.py
                                 $<TARGET_FILE:incline_cli> opencl:0
                         ENVIRONMENT ${opencl_surroundings})
        endforeach()
    endif()
    if(oclgrind IN_LIST INCLINE_TEST_DEVICES)
        incline_test(oclgrind.verify LABELS cli oclgrind
                     ENVIRONMENT OCLGRIND_DATA_RACES=0 OCLGRIND_UNINITIALIZED=0
                                 OCLGRIND_BUILD_OPTIONS=
                     COMMAND sh gates/oclgrind.sh "${INCLINE_OCLGRIND_ICD}"
                             $<TARGET_FILE:keep_buffers> $<TARGET_FILE:incline_cli> verify --quick
                             --device Oclgrind)
    endif()
endif()

if(NOT INCLINE_SANITIZE) # what a stranger would build and link
    incline_test(gate.symbols LABELS gate
                 COMMAND sh gates/symbols.sh ${CMAKE_NM} $<TARGET_FILE:incline>)
    incline_test(gate.install LABELS gate
                 COMMAND sh install/test.sh ${CMAKE_COMMAND} ${PROJECT_BINARY_DIR}
                         ${CMAKE_C_COMPILER})
endif()
