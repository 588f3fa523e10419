/* onnx_schema.h - the parts of onnx.proto that writer and reader of ONNX share: numbers of fields
 * and of types. Only they include it.
 * Source: github.com/onnx/onnx, onnx/onnx.proto, IR version 7. */
#ifndef INCLINE_FORMATS_ONNX_SCHEMA_H
#define INCLINE_FORMATS_ONNX_SCHEMA_H

enum { ONNX_IR = 7, ONNX_OPSET = 13 };

enum { MODEL_IR_VERSION = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_GRAPH = 7 };
enum { MODEL_OPSET = 8, MODEL_METADATA = 14 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { ENTRY_KEY = 1, ENTRY_VALUE = 2 };

enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };

enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { NODE_DOMAIN = 7 };

enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_FLOAT = 2, ATTRIBUTE_INT = 3, ATTRIBUTE_TENSOR = 5 };
enum { ATTRIBUTE_FLOATS = 7, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20 };
enum { ATTRIBUTE_IS_FLOAT = 1, ATTRIBUTE_IS_INT = 2 }; /* values of ATTRIBUTE_TYPE */

enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_FLOATS = 4, TENSOR_INT64S = 7, TENSOR_NAME = 8 };
enum { TENSOR_RAW = 9, TENSOR_DOUBLES = 10, TENSOR_EXTERNAL = 13, TENSOR_LOCATION = 14 };
enum { TENSOR_IS_FLOAT = 1, TENSOR_IS_INT64 = 7, TENSOR_IS_DOUBLE = 11 };

enum { VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_DOC = 3, TYPE_TENSOR = 1, TENSOR_TYPE_ELEMENT = 1 };
enum { TENSOR_TYPE_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2 };

/* Names of Incline's own tensors behind the last layer, by which its reader knows them. */
#define OUTPUT_SCALE "output.scale"
#define OUTPUT_SHIFT "output.shift"
#define OUTPUT_SIGNS "output.signs"

#endif
