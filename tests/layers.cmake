# Reads every #include in host/ and fails when a room includes what is not below it, when anything
# but host/opencl includes OpenCL or CLBlast, or when the command line sees more than incline.h.
#
#   cmake -D ROOT=FOLDER -P layers.cmake
cmake_minimum_required(VERSION 3.20)

# A room may include itself, and these rooms.
set(below_util "")
set(below_backend util)
set(below_opencl util backend)
set(below_data util)
set(below_net util backend)
set(below_formats util data net)
set(below_report util)
set(below_train util backend data net formats report)
set(below_verify util backend data net formats report train)
set(below_bench util backend data net formats report train)
set(below_tune util backend net)
set(below_device util backend opencl net)
set(below_cli "") # and of the public face incline.h alone

set(faults "")
set(includes_read 0)

function(fault file text)
    set(faults "${faults}  ${file}: ${text}\n" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/host/*.c ${ROOT}/host/*.h)
foreach(file IN LISTS files)
    string(REGEX REPLACE "^host/([^/]*)/.*" "\\1" room ${file})
    if(NOT DEFINED below_${room})
        fault(${file} "\"${room}\" is no room that tests/layers.cmake knows")
        continue()
    endif()

    file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS lines)
        math(EXPR includes_read "${includes_read} + 1")
        if(NOT line MATCHES "include[ \t]*([<\"])([^\">]+)[\">]")
            fault(${file} "cannot tell what \"${line}\" includes")
            continue()
        endif()
        set(quote "${CMAKE_MATCH_1}")
        set(name "${CMAKE_MATCH_2}")

        if(name MATCHES "^(CL/|OpenCL/|clblast)")
            if(NOT room STREQUAL "opencl")
                fault(${file} "includes ${name}; only host/opencl may know OpenCL")
            endif()
        elseif(name STREQUAL "incline.h" OR (name STREQUAL "incline_status.h"
                                            AND NOT room STREQUAL "cli"))
            # The public face lies below every room.
        elseif(quote STREQUAL "<" AND NOT name MATCHES "^host/|\\.\\./")
            # The system's.
        elseif(NOT name MATCHES "/" AND EXISTS ${ROOT}/host/${room}/${name})
            # A file of the same room by its short name.
        elseif(name MATCHES "^host/([^/]+)/[^/]+$")
            set(other ${CMAKE_MATCH_1})
            if(NOT other STREQUAL room AND NOT other IN_LIST below_${room})
                fault(${file} "includes ${name}; ${room} may only include: ${below_${room}}")
            endif()
        else()
            fault(${file} "includes \"${name}\"; write \"host/ROOM/FILE.h\" or \"incline.h\"")
        endif()
    endforeach()
endforeach()

if(includes_read EQUAL 0)
    message(FATAL_ERROR "No #include found below ${ROOT}/host: nothing was checked")
endif()
if(faults)
    message(FATAL_ERROR "Includes that go up:\n${faults}")
endif()
list(LENGTH files count)
message(STATUS "${includes_read} includes in ${count} files, none goes up")
