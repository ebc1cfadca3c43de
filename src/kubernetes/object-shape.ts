import type { FieldError, FieldErrorKind } from '../diagnostics/field-error.ts';
import { type Collector, createCollector, type Found } from '../diagnostics/findings.ts';
import { printable } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';

/** What a JSON value must look like. */
export interface Shape {
  /** Adds an error for each fault in the value. */
  readonly check: (value: unknown, position: Position) => void;
  /** Set if a field of this shape is required. Any other field can be absent or null. */
  readonly isRequired?: true;
}

/** The path of the value being checked, and the errors found so far. The path is formatted only for an error. */
interface Position {
  readonly path: (string | number | MapKey)[];
  readonly errors: Collector<FieldError>;
}

/** A key that the user chose, unlike the name of a field. */
interface MapKey {
  readonly mapKey: string;
}

/** Returns the errors in a value. Their fields are relative to it; an error in the value itself has the field `object`. */
export function shapeErrors(value: unknown, shape: Shape): Found<FieldError> {
  const errors = createCollector<FieldError>();
  shape.check(value, { path: [], errors });
  return errors;
}

export function ofType(type: 'string' | 'number' | 'boolean'): Shape {
  return {
    check: (value, position) => {
      if (typeof value !== type) report(position, 'Invalid', `must be a ${type}`);
    },
  };
}

/** Returns the shape of an object with these fields. Other fields are not checked. */
export function record(fields: Readonly<Record<string, Shape>>): Shape {
  const shapes = Object.entries(fields);
  return {
    check: (value, position) => {
      if (!isObject(value)) return report(position, 'Invalid', 'must be an object');
      for (const [name, shape] of shapes) {
        const field = value[name];
        if (shape.isRequired || (field !== undefined && field !== null)) checkChild(name, field, shape, position);
      }
    },
  };
}

export function mapOf(shape: Shape): Shape {
  return {
    check: (value, position) => {
      if (!isObject(value)) return report(position, 'Invalid', 'must be an object');
      for (const mapKey of Object.keys(value)) checkChild({ mapKey }, value[mapKey], shape, position);
    },
  };
}

/** Returns the shape of a list. Elements that the shortcut recognizes as valid are not checked. */
export function listOf(shape: Shape, shortcut: (element: unknown) => boolean = () => false): Shape {
  return {
    check: (value, position) => {
      if (!Array.isArray(value)) return report(position, 'Invalid', 'must be a list');
      for (let index = 0; index < value.length; index++) {
        if (!shortcut(value[index])) checkChild(index, value[index], shape, position);
      }
    },
  };
}

export function atLeastOne(list: Shape): Shape {
  return {
    check: (value, position) => {
      list.check(value, position);
      if (Array.isArray(value) && value.length === 0) report(position, 'Required', 'must not be empty');
    },
  };
}

export function required(shape: Shape): Shape {
  return {
    check: (value, position) => {
      if (value === undefined || value === null) report(position, 'Required', 'must be set');
      else shape.check(value, position);
    },
    isRequired: true,
  };
}

/** Adds an error about the value at a position. */
export function report({ path, errors }: Position, kind: FieldErrorKind, detail: string): void {
  errors.push(() => ({ field: fieldOf(path), kind, detail }));
}

function checkChild(key: string | number | MapKey, child: unknown, shape: Shape, position: Position): void {
  position.path.push(key);
  shape.check(child, position);
  position.path.pop();
}

function fieldOf(path: Position['path']): string {
  const keys = path.map((key) => {
    if (typeof key === 'object') return `[${printable(key.mapKey)}]`;
    return typeof key === 'number' ? `[${key}]` : `.${key}`;
  });
  return keys.join('').replace(/^\./, '') || 'object';
}
